"""The git repository of a taxonomy: the state of its files, and committing some of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from core.errors import LabtopError
from core.taxonomy.format.attribution import ATTRIBUTION_NAME
from core.taxonomy.git.faults import fault_of, prefix_of
from core.taxonomy.git.process import GitFailed, run_git
from core.taxonomy.layout.root import check_top
from core.taxonomy.layout.tree import LEAF_NAME

State = Literal["untracked", "modified", "staged", "deleted", "conflicted", "clean"]
"""Of a file, against the index and the last commit. A staged file that was modified since is modified."""

STATES: tuple[State, ...] = ("conflicted", "modified", "untracked", "deleted", "staged", "clean")
"""By precedence: the first one is shown for a folder with several."""

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""Git's name for a tree without files, which exists in every repository."""

_CONFLICTS = ("DD", "AU", "UD", "UA", "DU", "AA", "UU")


class Repository:
    """Paths are relative to the taxonomy, which may be a folder of a larger repository."""

    def __init__(self, taxonomy: Path) -> None:
        """Raises LabtopError when there is no such folder, or no repository around it."""
        check_top(taxonomy)
        self.taxonomy = taxonomy
        self._prefix = prefix_of(taxonomy)

    def branch(self) -> str | None:
        """The branch that is checked out; None when a commit is ("detached HEAD")."""
        try:
            return self._git("symbolic-ref", "--quiet", "--short", "HEAD").strip()
        except GitFailed:
            return None

    def states(self) -> Mapping[str, State]:
        """The state of each file that is not clean. Ignored files are left out."""
        # Without the lock, so that a git command of the user's never meets one.
        options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all")
        listing = self._read("--no-optional-locks", "status", *options, "--", ".")
        entries = (entry for entry in listing.split("\0") if entry)
        return {name: _state(entry[:2]) for entry in entries if (name := self._below(entry[3:])) is not None}

    def leaf_states(self) -> Mapping[str, State]:
        """The state of each leaf's folder that is not clean, including its attribution."""
        found: dict[str, State] = {}
        for name, state in self.states().items():
            folder, _, file = name.rpartition("/")
            if file in (LEAF_NAME, ATTRIBUTION_NAME):
                found[folder] = min(state, found.get(folder, "clean"), key=STATES.index)
        return found

    def files_of(self, leaf: str) -> list[str]:
        """The files of a leaf that exist or were committed."""
        names = [f"{leaf}/{name}" for name in (LEAF_NAME, ATTRIBUTION_NAME)]
        known = self._read("ls-files", "-z", "--", *names).split("\0")
        return [name for name in names if name in known or (self.taxonomy / name).is_file()]

    def left_out(self, folder: str) -> list[str]:
        """The committed files of a folder that a sparse checkout leaves out."""
        listed = self._read("ls-files", "-t", "-z", "--", folder).split("\0")
        return [name for letter, _, name in (entry.partition(" ") for entry in listed) if letter == "S"]

    def diff(self, files: Iterable[str]) -> str:
        """The diff of each file since the last commit, staged or not; a new one counts as added."""
        names = list(files)
        if not names:
            return ""
        states, base = self.states(), self._commit("HEAD") or _EMPTY_TREE
        command = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--relative", base, "--")
        return "".join(
            self._as_added(name) if states.get(name) == "untracked" else self._read(*command, name) for name in names
        )

    def stage(self, files: Iterable[str]) -> None:
        """Put files into the index as they are; a deleted one is staged as removed."""
        names = list(files)
        if names:
            self._try("stage the files", "add", "--all", "--", *names)

    def unstage(self, files: Iterable[str]) -> None:
        """Take files out of the index again; they stay as they are."""
        names = list(files)
        if names and self._commit("HEAD"):
            self._try("unstage the files", "reset", "--quiet", "--", *names)
        elif names:
            self._try("unstage the files", "rm", "--cached", "--quiet", "--ignore-unmatch", "--", *names)

    def commit(self, message: str, files: Iterable[str]) -> str:
        """Commit files as they are now, and nothing else that is staged, with a sign-off; returns the commit's name.

        Raises LabtopError when there is nothing to commit, the message is empty, git has no identity, or no branch is
        checked out, where a commit would soon be lost.
        """
        names = list(files)
        if not message.strip():
            raise LabtopError("A commit needs a message.", hint="Describe in one line what changed.")
        self._check_identity()
        if self.branch() is None:
            raise LabtopError(
                "No branch is checked out, so the commit would be on none.",
                hint=f"Create one first: git -C {self.taxonomy} switch -c BRANCH",
            )
        states = self.states()
        changed = [name for name in names if name in states]
        if not changed:
            raise LabtopError("There is nothing to commit: no change to these files.")
        if any(states[name] == "conflicted" for name in changed):
            raise LabtopError("These files have an unresolved merge conflict.", hint="Edit them, then stage them.")
        added = [name for name in changed if states[name] == "untracked"]
        if added:
            self._try("stage the files", "add", "--intent-to-add", "--", *added)
        try:
            self._try("commit", "commit", "--quiet", "--signoff", "--only", f"--message={message}", "--", *changed)
        except BaseException:
            self.unstage(added)
            raise
        return self._git("rev-parse", "HEAD").strip()

    def stacked(self, base: str | None) -> tuple[str, str] | None:
        """What is checked out and the branch to start from, where the first has commits that the second does not have.

        The branch is `base` if it exists, else main or master. None when they do not differ so, and on a branch with
        the base's name.
        """
        wanted = [name for name in (base, "main", "master") if name and not name.startswith("-")]
        known = [name for name in wanted if self._commit(name)]
        head = self._commit("HEAD")
        here = self.branch()
        if not known or head is None or here in (known[0], known[0].rpartition("/")[2]):
            return None
        if any(self._is_part(head, name) for name in known):
            return None
        return here or f"commit {head[:12]}", known[0]

    def check_new_branch(self, name: str) -> None:
        """Raises LabtopError when a branch cannot have this name, or already has it."""
        try:
            self._git("check-ref-format", "--branch", name)
        except GitFailed:
            raise LabtopError(
                f"'{name}' cannot be a branch's name.", hint="Use letters, digits, '-' and '/', such as add/astronomy."
            ) from None
        if self._read("for-each-ref", f"refs/heads/{name}").strip():
            raise LabtopError(
                f"Branch '{name}' already exists.",
                hint=f"Use another name, or check that one out: git -C {self.taxonomy} switch {name}",
            )

    def create_branch(self, name: str) -> None:
        """Create a branch at HEAD and check it out; files stay as they are."""
        self.check_new_branch(name)
        self._try("create the branch", "switch", "--quiet", "--create", name)

    def switch(self, name: str) -> None:
        """Check out a branch; one that exists neither here nor on a remote is created at HEAD.

        Raises LabtopError when no branch can have this name, or git would overwrite uncommitted changes.
        """
        if self._read("for-each-ref", f"refs/heads/{name}", f"refs/remotes/*/{name}").strip():
            self._try("check out the branch", "switch", "--quiet", "--guess", name)
        else:
            self.create_branch(name)

    def _git(self, *arguments: str) -> str:
        # File names are not patterns, and are printed unquoted.
        settings = ("--literal-pathspecs", "-c", "core.quotePath=false")
        return run_git(self.taxonomy, *settings, *arguments).decode(errors="surrogateescape")

    def _read(self, *arguments: str) -> str:
        """What a command prints that fails only where git cannot read the repository."""
        try:
            return self._git(*arguments)
        except GitFailed as error:
            raise fault_of(self.taxonomy, error) from None

    def _try(self, action: str, *arguments: str) -> None:
        try:
            self._git(*arguments)
        except GitFailed as error:
            hint = None
            if ".lock': File exists" in error.output:
                hint = "Another git command may be running there; if not, delete the lock file."
            elif error.last_lines != error.reason:  # above all, hooks print more
                hint = f"Output of git:\n{error.last_lines}"
            raise LabtopError(f"Git could not {action}: {error.reason}.", hint=hint) from None

    def _commit(self, name: str) -> str | None:
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
        except GitFailed:
            return None

    def _is_part(self, commit: str, branch: str) -> bool:
        try:
            self._git("merge-base", "--is-ancestor", commit, branch)
        except GitFailed:
            return False
        return True

    def _below(self, name: str) -> str | None:
        return name.removeprefix(self._prefix) if name.startswith(self._prefix) else None

    def _check_identity(self) -> None:
        for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            try:
                self._git("-c", "user.useConfigOnly=true", "var", who)
            except GitFailed as error:
                part = "email" if "email" in error.reason else "name"
                example = "you@example.org" if part == "email" else "Your Name"
                raise LabtopError(
                    f"Git does not know your {part}, which a commit and its sign-off contain.",
                    hint=f'git config --global user.{part} "{example}"',
                ) from None

    def _as_added(self, name: str) -> str:
        try:
            lines = (self.taxonomy / name).read_text(errors="replace").splitlines(keepends=True)
        except OSError as error:
            raise LabtopError(f"{name} cannot be read: {error.strerror}.") from None
        return _lines(difflib.unified_diff([], lines, "/dev/null", f"b/{name}"))


def _lines(lines: Iterable[str]) -> str:
    """Lines of a diff, with git's remark after a last line without a newline."""
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _state(letters: str) -> State:
    """The meaning of git's two letters for a file: the index against the commit, and the file against the index."""
    if letters == "??":
        return "untracked"
    if letters in _CONFLICTS:
        return "conflicted"
    if letters[1] == "D" or letters == "D ":
        return "deleted"
    return "staged" if letters[1] == " " else "modified"


def user_name(folder: Path) -> str:
    """The user's name as git knows it; empty when it does not."""
    try:
        return run_git(folder, "config", "user.name").decode(errors="replace").strip()
    except (GitFailed, LabtopError):
        return ""
