"""Checks a whole form as its command would, and says what its job will take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.commands.form import Form
from core.commands.request import JobRequest, Note, ignore
from core.commands.start import chosen, request_of
from core.errors import LabtopError

if TYPE_CHECKING:
    from core.commands.estimates.form_estimate import EstimateLine


@dataclass(frozen=True)
class CheckResult:
    """What the command would say."""

    error: LabtopError | None = None
    estimate: tuple[EstimateLine, ...] = ()
    """What the job will take; empty if it cannot be started, or is no training."""


def check(form: Form, texts: Mapping[str, str]) -> CheckResult:
    """Call it in a thread, which also imports what this needs."""
    try:
        request = request_in(form, texts)
        return CheckResult(estimate=() if request is None else _estimate(request))
    except LabtopError as error:
        return CheckResult(error)


def request_in(form: Form, texts: Mapping[str, str], note: Note = ignore) -> JobRequest | None:
    """The job that the command would start; None for the chat. Raises LabtopError."""
    if form.spec.command == "chat":
        chosen(form, texts)
        return None
    return request_of(form, texts, note)


def _estimate(request: JobRequest) -> tuple[EstimateLine, ...]:
    if request.kind != "train":
        return ()
    from core.commands.estimates.form_estimate import form_estimate

    return form_estimate(request)
