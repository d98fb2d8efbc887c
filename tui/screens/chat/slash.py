"""What the slash commands do in the Chat pane; they are those of `labtop model chat`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual import work

from core.chat.commands import HELP, Command, Name, require_argument
from core.chat.export import export
from core.chat.listings import Rows, branch_rows, context_rows, setting_rows, show_branch
from core.errors import LabtopError
from core.paths import expanded
from tui.screens.chat.conversations import ConversationsPane
from widgets.chat.chat_turn import Remark, Reply

NO_PROMPT = "none: the model's chat template may add one"

SEVERAL_LINES = "ctrl+j begins a new line, and so does a backslash before enter; enter sends them all."


class SlashPane(ConversationsPane):
    """Runs commands that are typed in place of a question."""

    @work(group="command", exclusive=True, exit_on_error=False)
    async def _run_command(self, command: Command) -> None:
        """Run a slash command and show its result."""
        try:
            result = self._execute(command)
        except LabtopError as error:
            self._show_failure(error)
        else:
            if result:
                self._add(Remark(result))

    def _execute(self, command: Command) -> str:
        """The message about what was done; empty if it is seen. Raises LabtopError."""
        if command.name == "unknown":
            return f"Unknown command {command.argument}; /h lists all commands."
        if command.name == "quit":
            return "ctrl+q quits the workbench; alt and a digit switch panes."
        if command.name in ("multiline", "multiline-toggle"):
            return SEVERAL_LINES
        actions: dict[Name, Callable[[Command], str]] = {
            "help": lambda _: "\n".join(f"{name:<17} {description}" for name, description in HELP),
            "new": self._new,
            "new-empty": self._new,
            "model": self._choose_model,
            "context": self._set_context,
            "contexts": self._contexts,
            "display": self._display,
            "plain": self._display,
            "markdown": self._display,
            "save": self._save,
            "load": self._load,
            "load-kept": self._load,
            "retry": self._retry,
            "edit": self._edit,
            "branch": self._branch,
            "branches": self._branches,
            "set": self._set,
            "sessions": self._sessions,
            "open": self._open,
            "title": self._title,
            "export": self._export,
            "copy": self._copy,
        }
        return actions[command.name](command)

    def open_session(self, file: Path) -> None:
        """Resume a saved conversation."""
        self._run_command(Command("load", str(file)))

    # The conversation.

    def _new(self, command: Command) -> str:
        kept = self._kept if command.name == "new" else ()
        self._kept = kept
        self.start_new(kept)
        return ""

    def _choose_model(self, command: Command) -> str:
        name = require_argument(command)
        self.context.model, self._model = name, None
        self._asked = (self.context.base_url, name)
        self._connect()
        return ""

    def _set_context(self, command: Command) -> str:
        if command.argument:
            self.set_context(command.argument)
        return f"Context: {self._session.system_prompt or NO_PROMPT}"

    def _contexts(self, _command: Command) -> str:
        return _lines(context_rows(self._session, NO_PROMPT))

    def _set(self, command: Command) -> str:
        rows = setting_rows(self._session, command)
        self.show_question_frame()
        return _lines(rows)

    def _save(self, command: Command) -> str:
        self._session.save(_file(command))
        return f"Saved as {command.argument}."

    def _load(self, command: Command) -> str:
        file = _file(command)
        self._session.load(file, save_to=file)
        self._kept = self._session.turns if command.name == "load-kept" else ()
        self.use_session(self._session)
        return f"This conversation continues in {command.argument}."

    def _export(self, command: Command) -> str:
        export(self._session, _file(command))
        return f"Exported to {command.argument}."

    def _title(self, command: Command) -> str:
        self._session.rename(require_argument(command))
        self.read_sessions()
        return f"Named {self._session.title}."

    def _sessions(self, command: Command) -> str:
        self.search_sessions(command.argument)
        return ""

    def _open(self, command: Command) -> str:
        found = self.store.find(require_argument(command))
        self._resume(found.file)
        return ""

    # Its turns.

    def _display(self, command: Command) -> str:
        turn = self._session.nth_last("assistant", command.number())
        if command.name == "plain":
            return turn.content
        self._add(Reply(self.context.glyphs, turn.content, turn.model or ""))
        return ""

    def _retry(self, _command: Command) -> str:
        self.action_ask_again()
        return ""

    def _edit(self, command: Command) -> str:
        number, _, text = command.argument.partition(" ")
        question = self._session.nth_last("user", Command("edit", number).number())
        self.edit(question.id)
        if text.strip():
            self.line.value = text.strip()
        return ""

    def _branch(self, command: Command) -> str:
        require_argument(command)
        self.branch(self._session.nth_last("assistant", command.number()).id)
        return ""

    def _branches(self, command: Command) -> str:
        if command.argument:
            show_branch(self._session, command)
            self._show_session()
            return ""
        return _lines(branch_rows(self._session)) or "There is no branch yet."

    def _copy(self, command: Command) -> str:
        self.copy(self._session.nth_last("assistant", command.number()).content, "the answer")
        return ""


def _file(command: Command) -> Path:
    if not command.argument:
        raise LabtopError("A file is missing.", hint=f"For example: /{command.name[0]} talk.json")
    return expanded(command.argument)


def _lines(rows: Rows) -> str:
    """Rows as text, their cells apart."""
    return "\n".join("  ".join(row) for row in rows)
