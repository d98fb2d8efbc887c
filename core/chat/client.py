"""Which of the models that an endpoint serves to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import LabtopError
from core.serving.names import last_part, spelling


@dataclass(frozen=True)
class ModelChoice:
    """Which model to ask, and what to tell the user when it is not quite the one that was asked for."""

    name: str
    note: str | None = None


def choose_model(asked: str | None, served: Sequence[str]) -> ModelChoice:
    """The served model that was meant: by name, by name in another spelling, or by a path's last part.

    A server that lists several names may serve one model under all of them, so without a name the first is taken.
    """
    if not served:
        raise LabtopError("The endpoint serves no model.", hint="Wait until it has loaded one, or serve another.")
    if asked is None or asked in served:
        return ModelChoice(asked or served[0])
    for part in (spelling(asked), spelling(last_part(asked))):
        for name in served:
            if part in (spelling(name), spelling(last_part(name))):
                same = spelling(asked) == spelling(name)
                return ModelChoice(name, None if same else f"{asked} is served as {name}.")
    raise LabtopError(
        f"The endpoint does not serve {asked}; it serves {', '.join(served)}.", hint="Name one of these with --model."
    )
