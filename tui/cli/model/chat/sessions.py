"""`--list-sessions`, `--export` and `--remove-session`; and which conversation a chat continues."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from core.chat.export import export
from core.chat.saved import SavedSession, SessionStore
from core.chat.session import Session
from core.config.options.chat import ChatOptions
from core.errors import UsageError
from core.paths import expanded
from core.printable import printable
from tui.cli.output import print_json, table

TITLE = 60
"""Characters of a title that are shown."""


def session_rows(sessions: Iterable[SavedSession]) -> list[tuple[str, ...]]:
    """Id, time, and title or the match of each conversation."""
    return [
        (each.id, time.strftime("%Y-%m-%d %H:%M", time.localtime(each.modified)), (each.excerpt or each.title)[:TITLE])
        for each in sessions
    ]


def manage(options: ChatOptions, store: SessionStore) -> bool:
    """Do what the options ask for with saved conversations; whether they ask for anything. Raises LabtopError."""
    if options.search is not None and not options.list_sessions:
        raise UsageError("--search requires --list-sessions.")
    if options.list_sessions:
        found = store.list(search=options.search or "")
        if options.json_output:
            print_json([_data(each) for each in found])
        elif found:
            click.echo(table(["ID", "LAST CHANGE", "TITLE"], [list(row) for row in session_rows(found)]))
        else:
            click.echo("No conversations.")
        return True
    if options.remove_session is not None:
        removed = store.remove(options.remove_session)
        _report(options, {"removed": removed.id}, f"Removed {removed.id}.")
        return True
    if options.export is not None:
        if options.session is None and not options.resume:
            raise UsageError("--export requires --session or --resume.")
        file = expanded(options.export)
        export(_read_session(options, store), file)
        _report(options, {"exported": str(file)}, f"Exported to {printable(str(file))}.")
        return True
    if options.json_output and not options.quick_question:
        raise UsageError("--json requires --qq, --list-sessions, --export or --remove-session.")
    return False


def _report(options: ChatOptions, document: dict[str, Any], sentence: str) -> None:
    print_json(document) if options.json_output else click.echo(sentence)


def _data(session: SavedSession) -> dict[str, Any]:
    excerpt = {"excerpt": session.excerpt} if session.excerpt else {}
    return {
        "id": session.id,
        "title": session.title,
        "modified": session.modified,
        "file": str(session.file),
        **excerpt,
    }


def _read_session(options: ChatOptions, store: SessionStore) -> Session:
    """The conversation to export, which may be open in another chat. Raises LabtopError."""
    session = Session()
    session.load(_given_file(options) or store.find(options.session or "last").file, save_to=None)
    return session


def _given_file(options: ChatOptions) -> Path | None:
    """The file that --session names; None for an id."""
    if options.resume and options.session is not None:
        raise UsageError("--resume cannot be used with --session.")
    if options.session is None:
        return None
    file = expanded(options.session)
    return file if "/" in options.session or file.suffix or file.exists() else None


def chosen_session(options: ChatOptions, store: SessionStore) -> Session:
    """The conversation to continue, or a new one; one quick question alone is not saved. Raises LabtopError."""
    if (file := _given_file(options)) is not None:
        return Session.open(file)
    if options.resume or options.session is not None:
        return store.open(options.session or "last")
    return Session() if options.quick_question else store.new()
