"""The options of `model serve`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from core.config.options.base import File, JobOptions, once, option

Port = Annotated[int, Ge(0), Le(65535)]


class ServeOptions(JobOptions):
    """The whole command."""

    section: ClassVar[str | None] = "serve"

    model_path: Annotated[str | None, option("--model-path", "--model", "-m")] = None
    """Folder of the model to serve, the name of one on this machine, or builtin:extractive, the rule-based teacher."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 lets other machines in, without a password."""
    port: Port = 8000
    """Port to listen on; 0 takes a free one."""
    served_model_name: Annotated[str | None, once()] = None
    """What clients call the model; without a name, the folder's name and its path."""
    log_file: Annotated[File | None, once()] = None
    """Where the server's log goes."""
    json_output: Annotated[bool, once("--json")] = False
    """With --detached: the job as one JSON document."""
    detached: Annotated[bool, once("--detached", "-dt")] = False
    """Serve as a job that outlives the terminal; return its id."""
