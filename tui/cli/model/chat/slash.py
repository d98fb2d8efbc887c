"""What the slash commands do in the terminal."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable

from core.chat.commands import HELP, Command, Name, require_argument
from core.chat.contexts import resolve_context
from core.chat.export import export
from core.chat.listings import branch_rows, context_rows, one_line, setting_rows, show_branch
from core.chat.session import Session
from core.errors import LabtopError
from core.figures import counted
from core.paths import expanded
from core.printable import printable
from tui.cli.model.chat.conversation import Conversation
from tui.cli.model.chat.lines import LineReader
from tui.cli.model.chat.sessions import session_rows

NO_PROMPT = "No system prompt; the model's chat template may add one."


def run_command(command: Command, chat: Conversation, lines: LineReader) -> None:
    """Run a command. Raises LabtopError."""
    run = _COMMANDS.get(command.name)
    if run is not None:
        run(command, chat)
    elif command.name == "multiline":
        lines.read_several_lines_once()
    elif command.name == "multiline-toggle":
        lines.several_lines = not lines.several_lines
        chat.view.say("Questions have several lines now." if lines.several_lines else "Questions have one line now.")
    elif command.name == "edit":
        _edit(command, chat, lines)
    else:
        raise LabtopError(f"Unknown command {command.argument}.", hint="/h lists the commands.")


def _help(_command: Command, chat: Conversation) -> None:
    chat.view.rows([*HELP])


def _new(command: Command, chat: Conversation) -> None:
    chat.start_new(chat.kept if command.name == "new" else ())
    if command.name == "new-empty":
        chat.kept = ()
    chat.view.say("New conversation started.")


def _model(command: Command, chat: Conversation) -> None:
    chat.talk_to(chat.served.choose(require_argument(command)))
    chat.start_new(chat.kept)
    chat.view.greet(chat.target.model)


def _context(command: Command, chat: Conversation) -> None:
    if command.argument:
        context = resolve_context(command.argument)
        chat.session.change(context=context.name, system_prompt=context.prompt)
    chat.view.rows([(chat.session.settings.context, chat.session.system_prompt or NO_PROMPT)])


def _contexts(_command: Command, chat: Conversation) -> None:
    chat.view.rows(context_rows(chat.session, NO_PROMPT))


def _show(command: Command, chat: Conversation) -> None:
    chat.view.again(chat.session.nth_last("assistant", command.number()), plain=command.name == "plain")


def _save(command: Command, chat: Conversation) -> None:
    file = expanded(require_argument(command))
    chat.session.save(file)
    chat.view.say(f"Saved to {printable(str(file))}.")


def _load(command: Command, chat: Conversation) -> None:
    file = expanded(require_argument(command))
    if not file.exists():
        raise LabtopError(f"There is no file {file}.", hint="To save a conversation: /s FILE")
    chat.session.load(file, save_to=chat.store.new().file)
    if command.name == "load-kept":
        chat.kept = chat.session.turns
    chat.view.say(f"Loaded {counted(len(chat.session.turns), 'message')} from {printable(str(file))}.")


def _retry(_command: Command, chat: Conversation) -> None:
    chat.ask(None)


def _edit(command: Command, chat: Conversation, lines: LineReader) -> None:
    """Let the user edit a question and send it. Without a terminal the new text follows the number."""
    number, _, text = command.argument.partition(" ")
    question = chat.session.nth_last("user", Command("edit", number).number())
    if not text and lines.interactive:
        edited = lines.edit(question.content)
        if edited is None:
            return
        text = edited
    if not text.strip():
        raise LabtopError("The question was not changed.", hint="/e edits the last question, /e 2 the one before it.")
    before = chat.session.turns
    chat.session.edit(question.id, text.strip())
    try:
        chat.ask(None)
    except LabtopError:
        if before and chat.session.unanswered is None:
            chat.session.show(before[-1].id)
        raise


def _branch(command: Command, chat: Conversation) -> None:
    require_argument(command)
    answer = chat.session.nth_last("assistant", command.number())
    chat.session.continue_from(answer.id)
    chat.view.say(f"The next question follows this answer: {one_line(answer.content)}")


def _branches(command: Command, chat: Conversation) -> None:
    if command.argument:
        show_branch(chat.session, command)
    chat.view.rows(branch_rows(chat.session))


def _set(command: Command, chat: Conversation) -> None:
    chat.view.rows(setting_rows(chat.session, command))


def _sessions(command: Command, chat: Conversation) -> None:
    rows = session_rows(chat.store.list(limit=30, search=command.argument))
    chat.view.rows(rows) if rows else chat.view.say("No conversations.")


def _open(command: Command, chat: Conversation) -> None:
    name = require_argument(command)
    found = chat.store.find(name)
    if found.file == chat.session.file:
        raise LabtopError("This is the conversation that is open.")
    chat.resume(chat.store.open(found.id))
    _resumed(chat, chat.session)


def _resumed(chat: Conversation, session: Session) -> None:
    chat.view.say(f"Resumed: {printable(session.title)} ({counted(len(session.turns), 'turn')}).")


def _title(command: Command, chat: Conversation) -> None:
    chat.session.rename(require_argument(command))
    chat.view.say(f"Named {printable(chat.session.title)}.")


def _export(command: Command, chat: Conversation) -> None:
    file = expanded(require_argument(command))
    export(chat.session, file)
    chat.view.say(f"Exported to {printable(str(file))}.")


def _copy(command: Command, chat: Conversation) -> None:
    """Copy by OSC 52, which most terminals support, also over SSH."""
    answer = chat.session.nth_last("assistant", command.number())
    if not sys.stdout.isatty():
        raise LabtopError("The clipboard needs a terminal.", hint="/x FILE writes the conversation to a file.")
    sys.stdout.write(f"\x1b]52;c;{base64.b64encode(answer.content.encode()).decode()}\a")
    sys.stdout.flush()
    chat.view.say(f"Copied {len(answer.content):,} characters, if the terminal permits it (OSC 52).")


_COMMANDS: dict[Name, Callable[[Command, Conversation], None]] = {
    "help": _help,
    "new": _new,
    "new-empty": _new,
    "model": _model,
    "context": _context,
    "contexts": _contexts,
    "display": _show,
    "plain": _show,
    "markdown": _show,
    "save": _save,
    "load": _load,
    "load-kept": _load,
    "retry": _retry,
    "branch": _branch,
    "branches": _branches,
    "set": _set,
    "sessions": _sessions,
    "open": _open,
    "title": _title,
    "export": _export,
    "copy": _copy,
}
