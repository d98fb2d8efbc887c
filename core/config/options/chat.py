"""The options of `model chat`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from core.config.options.base import File, Positive, once, option
from core.config.options.tls import TlsOptions, TlsPasswordOptions


class ChatOptions(TlsOptions, TlsPasswordOptions):
    """All options of the command; the question is an argument."""

    section: ClassVar[str | None] = "chat"

    model: Annotated[str | None, option("--model", "-m")] = None
    """Name of the served model, or a model's folder. Default: the model that the endpoint serves."""
    model_path: Annotated[str | None, once()] = None
    """Folder of a model; a temporary server is started for this chat if the model is not served yet."""
    endpoint_url: str = "http://127.0.0.1:8000/v1"
    """Base URL of the OpenAI-compatible server to talk to."""
    api_key: Annotated[str | None, once(variable="LABTOP_API_KEY")] = None
    """API key of the endpoint; safer in the environment than on the command line."""
    quick_question: Annotated[bool, once("--quick-question", "--qq", "-qq")] = False
    """Answer one question and exit."""
    temperature: Annotated[float, Ge(0), Le(2), option("--temperature", "-t")] = 1.0
    """Sampling temperature; 0 always picks the most likely token."""
    max_tokens: Annotated[Positive | None, option(unit="tokens")] = None
    """Maximum number of tokens in a reply. Default: the server decides."""
    session: Annotated[File | None, once("--session", "-s")] = None
    """Continue the conversation saved in this file, and save it there."""
    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document; only with --qq."""
