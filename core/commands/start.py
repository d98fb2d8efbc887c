"""From a filled-in form to the job that the command would start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.commands.form import Form, given_fields, given_values
from core.commands.form_table import Texts
from core.commands.options import plain_options
from core.commands.request import Given, JobRequest, Note, ignore
from core.config.load import Resolved, load
from core.config.option_table import TABLE
from core.errors import LabtopError


@dataclass(frozen=True)
class Chosen:
    """A form's options as its command receives them."""

    options: Any
    resolved: Resolved
    given: Given


def chosen(form: Form, texts: Texts) -> Chosen:
    """The options in a form. Raises LabtopError for a value that the command would not accept."""
    values = given_values(form, texts)
    command = form.spec.command
    own = values.pop(command, {}) if TABLE[command].section is None else {}
    flags = {f"{field.section}.{field.name}": field.row.flags[0] for field in given_fields(form, texts)}
    resolved = load(form.config_file, given=values, given_as=flags)
    given = Given(frozenset(field.name for field in given_fields(form, texts)), resolved.origins)
    section = getattr(resolved.settings, command, None)
    options: Any = plain_options(command, own, lambda: resolved.settings) if section is None else section
    return Chosen(options, resolved, given)


def request_of(form: Form, texts: Texts, note: Note = ignore) -> JobRequest:
    """The job that the command would start. Raises LabtopError with the sentence that the command would print.

    Imports what the command needs, which takes up to a second: call it in a thread.
    """
    made = chosen(form, texts)
    command = form.spec.command
    for sentence in made.resolved.notes:
        note(sentence)
    if command == "generate":
        from core.commands.generate import generate_request

        return generate_request(made.options, made.given, note, made.resolved.settings.serve)
    if command == "train":
        from core.commands.train import train_request

        return train_request(made.options, made.given, note=note, settings=made.resolved.settings)
    if command == "evaluate":
        from core.commands.evaluation.request import evaluate_request

        return evaluate_request(made.options, made.given)
    if command == "serve":
        from core.commands.serve import serve_request

        return serve_request(made.options, note)
    if command == "quickstart":
        from core.commands.quickstart import quickstart_request

        return quickstart_request(made.options)
    if command == "run":
        from core.commands.run import run_request

        return run_request(made.options, made.resolved.settings, made.given, note)
    if command == "model download":
        from core.commands.models.download import download_request

        return download_request(made.options)
    if command == "model upload":
        from core.commands.models.upload import upload_request

        return upload_request(made.options)
    raise LabtopError(f"{command} starts no job.")
