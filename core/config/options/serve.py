"""The options of `model serve`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from core.config.options.base import File, JobOptions, once, option

Port = Annotated[int, Ge(0), Le(65535)]


class ServeOptions(JobOptions):
    """All options of the command."""

    section: ClassVar[str | None] = "serve"

    model_path: Annotated[str | None, option("--model-path", "--model", "-m")] = None
    """Model to serve: its folder, its name on this machine, or builtin:extractive, the rule-based teacher.
    Default: the documents' default model if it is on this machine, else the best model of the newest training."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 accepts connections from other machines, without a password."""
    port: Port = 8000
    """Port to listen on; 0 picks a free one."""
    served_model_name: Annotated[str | None, once()] = None
    """Model name that clients use. Default: the folder's name and its path."""
    log_file: Annotated[File | None, once()] = None
    """File for the server's log."""
    list_servers: Annotated[bool, once("--list")] = False
    """List the servers that labtop started on this machine, in place of starting one."""
    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document: about the job with --detached, about all servers with --list."""
    detached: Annotated[bool, once("--detached", "-dt")] = False
    """Serve as a job that keeps running without the terminal, and print its id."""
