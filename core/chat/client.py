"""Choosing one of the models that an endpoint serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import LabtopError
from core.models.names import spelling
from core.serving.names import last_part


@dataclass(frozen=True)
class ModelChoice:
    """The chosen model, and a note for the user when its name differs from the requested one."""

    name: str
    note: str | None = None


def choose_model(requested: str | None, served: Sequence[str]) -> ModelChoice:
    """The requested model among the served ones, by name, by another spelling, or by a path's last part.

    Without a name it is the first one, since a server may list one model under several names.
    """
    if not served:
        raise LabtopError(
            "The endpoint serves no model.", hint="Wait until it has loaded one, or use another endpoint."
        )
    if requested is None or requested in served:
        return ModelChoice(requested or served[0])
    for part in (spelling(requested), spelling(last_part(requested))):
        for name in served:
            if part in (spelling(name), spelling(last_part(name))):
                same = spelling(requested) == spelling(name)
                return ModelChoice(name, None if same else f"{requested} is served as {name}.")
    raise LabtopError(
        f"The endpoint does not serve {requested}; it serves {', '.join(served)}.",
        hint="Choose one of these: --model NAME, or /a NAME in a chat.",
    )
