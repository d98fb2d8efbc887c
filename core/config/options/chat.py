"""The options of `model chat`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from core.config.options.base import (
    AnyPath,
    File,
    Positive,
    Seed,
    once,
    option,
    refused,
    refused_model_id,
    setting,
    unneeded,
)
from core.config.options.tls import TlsOptions, TlsPasswordOptions

NO_STORE = (
    "labtop has no document store: it reads the documents themselves, which takes a third of a second for each MB."
)
NO_STORE_HINT = "Use --rag with the folder of the documents."


class ChatOptions(TlsOptions, TlsPasswordOptions):
    """All options of the command; the question is an argument."""

    section: ClassVar[str | None] = "chat"

    model: Annotated[str | None, option("--model", "-m")] = None
    """Name of the served model, or a model's folder. Default: the model that is served, else that of `model serve`."""
    model_path: Annotated[str | None, once()] = None
    """Folder of a model; a temporary server is started for this chat if the model is not served yet."""
    endpoint_url: str = "http://127.0.0.1:8000/v1"
    """Base URL of the OpenAI-compatible server to talk to."""
    api_key: Annotated[str | None, once(variable="LABTOP_API_KEY")] = None
    """API key of the endpoint; safer in the environment than on the command line."""
    quick_question: Annotated[bool, once("--quick-question", "--qq", "-qq")] = False
    """Answer one question and exit."""
    context: Annotated[str, option("--context", "-c")] = "default"
    """System prompt: default (the model's own), cli_helper, the name of a file in the folder contexts, or a text."""
    temperature: Annotated[float, Ge(0), Le(2), option("--temperature", "-t")] = 1.0
    """Sampling temperature; 0 always picks the most likely token."""
    max_tokens: Annotated[Positive | None, option(unit="tokens")] = None
    """Maximum number of tokens in a reply. Default: the server decides."""
    seed: Seed | None = None
    """Seed of the sampling: the same question gets the same answer, if the server supports it."""
    session: Annotated[str | None, once("--session", "-s", metavar="FILE|ID")] = None
    """Resume the conversation saved in a file, or one of --list-sessions by its id, and save it there."""
    resume: Annotated[bool, once("--resume")] = False
    """Resume the newest conversation."""
    list_sessions: Annotated[bool, once("--list-sessions")] = False
    """List the saved conversations, and end."""
    search: Annotated[str | None, once("--search", metavar="WORDS")] = None
    """List only conversations that contain all of these words."""
    export: Annotated[File | None, once("--export")] = None
    """Write the conversation of --session or --resume to a file, .md or .jsonl (training data), and end."""
    remove_session: Annotated[str | None, once("--remove-session", metavar="ID")] = None
    """Delete a saved conversation, and end."""
    no_decoration: Annotated[bool, once("--no-decoration", "-nd")] = False
    """Show answers as plain text, without frames and Markdown."""
    vi_mode: Annotated[bool, setting()] = False
    """Edit questions with the keys of vi."""
    model_family: Annotated[str | None, once()] = None
    """Family whose chat template a temporary server uses for a model without one: granite or mixtral."""
    serving_log_file: Annotated[File | None, once()] = None
    """File for the log of a temporary server."""
    rag: Annotated[AnyPath | None, once("--rag", metavar="FOLDER")] = None
    """Folder of Markdown and text documents; passages that match a question are sent with it and listed as sources."""
    retriever_top_k: Positive = 3
    """Number of passages that are sent with a question; with --rag."""
    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document; with --qq, and for saved conversations."""
    model_id: Annotated[str | None, refused_model_id("Use --model with the model's folder or name.")] = None
    """Id of the model."""
    document_store_uri: Annotated[str | None, refused(NO_STORE, hint=NO_STORE_HINT)] = None
    """Place of InstructLab's document store."""
    document_store_collection_name: Annotated[str | None, refused(NO_STORE, hint=NO_STORE_HINT)] = None
    """Collection in InstructLab's document store."""
    retriever_embedding_model_path: Annotated[
        str | None, unneeded("--rag finds passages by their words (BM25), without an embedding model.")
    ] = None
    """Embedding model of InstructLab's document store."""
