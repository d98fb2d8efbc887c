"""The options of `model chat`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from core.config.options.base import File, Options, Positive, once, option


class ChatOptions(Options):
    """The whole command, but for the question."""

    section: ClassVar[str | None] = "chat"

    model: Annotated[str | None, option("--model", "-m")] = None
    """Name of the served model, or a model's folder; without one, the one that is served."""
    model_path: Annotated[str | None, once()] = None
    """Folder of a model to serve for this chat, if it is not served already."""
    endpoint_url: str = "http://127.0.0.1:8000/v1"
    """Where the chat finds a served model (OpenAI-compatible)."""
    api_key: Annotated[str | None, once(variable="LABTOP_API_KEY")] = None
    """The endpoint's key; better set it in the environment."""
    quick_question: Annotated[bool, once("--quick-question", "--qq", "-qq")] = False
    """Answer the one question and leave."""
    temperature: Annotated[float, Ge(0), Le(2), option("--temperature", "-t")] = 1.0
    """0 always takes the likeliest token."""
    max_tokens: Annotated[Positive | None, option(unit="tokens")] = None
    """The most tokens of a reply; without a number, the server decides."""
    session: Annotated[File | None, once("--session", "-s")] = None
    """Continue the conversation in this file, and keep it there."""
    json_output: Annotated[bool, once("--json")] = False
    """With --qq: print one JSON document."""
