"""What a job does: frozen when it is launched, so that it can be resumed."""

from __future__ import annotations

import json
import secrets
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from core.errors import LabtopError
from core.events import MAX_SECONDS
from core.printable import printable

Kind = Literal["quickstart", "run", "generate", "train", "evaluate", "serve", "download", "upload", "ingest"]

_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are easily confused."""


@dataclass(frozen=True)
class JobSpec:
    """Everything that defines a job, with its options resolved. Secrets stay in the environment."""

    id: str
    kind: Kind
    runner: str
    """Dotted name `package.module:function` of the function that the runner calls with a JobContext."""
    title: str
    options: dict[str, Any]
    created: float
    """Seconds since 1970."""
    host: str
    boot_id: str
    resumes: str | None = None
    """The job that this one resumes."""
    number: int = 0
    """Assigned by the store, in the order of creation: clocks may be set back."""

    def encode(self) -> str:
        return json.dumps(asdict(self), indent=1)


def decode(text: str) -> JobSpec:
    """Raises LabtopError when the text is not a spec."""
    try:
        record = json.loads(text)
        known = {name: record[name] for name in JobSpec.__dataclass_fields__ if name in record}
        known |= {name: printable(known[name]) for name in ("id", "title", "host") if isinstance(known.get(name), str)}
        spec = JobSpec(**known)
        texts = (spec.id, spec.runner, spec.title, spec.host, spec.boot_id, spec.resumes or "")
        if spec.kind not in get_args(Kind) or not all(isinstance(text, str) for text in texts):
            raise ValueError("a field has the wrong type")
        if not isinstance(spec.options, dict) or as_quantity(spec.created) is None or type(spec.number) is not int:
            raise ValueError("a field has the wrong type")
        return spec
    except (ValueError, TypeError, RecursionError) as error:
        raise LabtopError(f"A job's spec.json cannot be read: {error}.") from error


def as_quantity(value: Any) -> float | None:
    """A number from a file as seconds or a fraction: finite, not negative, and small enough for a date."""
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MAX_SECONDS
    return value if usable else None


def new_spec(
    kind: Kind,
    runner: str,
    options: dict[str, Any],
    *,
    title: str,
    resumes: str | None = None,
) -> JobSpec:
    """A spec for this host, with a new id such as `train-k3f9x`."""
    name = "".join(secrets.choice(_ID_ALPHABET) for _ in range(5))
    return JobSpec(
        id=f"{kind}-{name}",
        kind=kind,
        runner=runner,
        title=printable(title),
        options=json.loads(json.dumps(options)),  # what is not JSON fails here, not in the runner
        created=time.time(),
        host=socket.gethostname(),
        boot_id=boot_id(),
        resumes=resumes,
    )


def boot_id() -> str:
    """The running kernel's boot id: process ids from before a reboot are invalid."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
