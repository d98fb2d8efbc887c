"""What a job is to do: frozen when it is launched, so that it can be done again."""

from __future__ import annotations

import json
import secrets
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from core.errors import LabtopError

Kind = Literal["quickstart", "run", "generate", "train", "evaluate", "serve", "download", "ingest"]

_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are easily taken for one another."""


@dataclass(frozen=True)
class JobSpec:
    """All that a job needs to know, its options resolved. Secrets stay in the environment."""

    id: str
    kind: Kind
    runner: str
    """Dotted name `package.module:function` of what the runner process calls with a JobContext."""
    title: str
    options: dict[str, Any]
    created: float
    """Seconds since 1970."""
    host: str
    boot_id: str
    resumes: str | None = None
    """The job whose work this one goes on with."""
    argv: list[str] = field(default_factory=list)
    """The command that the user gave, for the record."""

    def encode(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def decode(text: str) -> JobSpec:
    """Raises LabtopError when the text is no spec."""
    try:
        record = json.loads(text)
        known = {name: record[name] for name in JobSpec.__dataclass_fields__ if name in record}
        spec = JobSpec(**known)
        if spec.kind not in get_args(Kind) or not isinstance(spec.options, dict):
            raise ValueError(spec.kind)
        return spec
    except (ValueError, TypeError, RecursionError) as error:
        raise LabtopError(f"A job's spec.json cannot be read: {error}.") from error


def new_spec(
    kind: Kind,
    runner: str,
    options: dict[str, Any],
    *,
    title: str,
    resumes: str | None = None,
    argv: list[str] | None = None,
) -> JobSpec:
    """A spec for this host, with a new id such as `train-k3f9x`."""
    name = "".join(secrets.choice(_ID_ALPHABET) for _ in range(5))
    return JobSpec(
        id=f"{kind}-{name}",
        kind=kind,
        runner=runner,
        title=title,
        options=json.loads(json.dumps(options)),  # what cannot be written down fails here, not in the runner
        created=time.time(),
        host=socket.gethostname(),
        boot_id=boot_id(),
        resumes=resumes,
        argv=sys.argv if argv is None else argv,
    )


def boot_id() -> str:
    """Of the running kernel; after a reboot no process id of before means anything."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
