"""The git repository that a taxonomy lies in: what became of its files, and committing just those that are named."""

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
"""Of a file, against the index and the last commit. What is staged and modified since is modified."""

STATES: tuple[State, ...] = ("conflicted", "modified", "untracked", "deleted", "staged", "clean")
"""The one to show of several comes first."""

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""Git's name for a commit's content without files, which is there in every repository."""

_CONFLICTS = ("DD", "AU", "UD", "UA", "DU", "AA", "UU")


class Repository:
    """Paths count from the taxonomy's folder, with slashes; that may be a folder of a larger repository."""

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
        """The state of each file that is not clean. Ignored files are not told."""
        # Without the lock, so that a person's own git beside us never finds one.
        options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all")
        listing = self._read("--no-optional-locks", "status", *options, "--", ".")
        entries = (entry for entry in listing.split("\0") if entry)
        return {name: _state(entry[:2]) for entry in entries if (name := self._below(entry[3:])) is not None}

    def leaf_states(self) -> Mapping[str, State]:
        """The state of each leaf's folder that is not clean, its attribution counted."""
        found: dict[str, State] = {}
        for name, state in self.states().items():
            folder, _, file = name.rpartition("/")
            if file in (LEAF_NAME, ATTRIBUTION_NAME):
                found[folder] = min(state, found.get(folder, "clean"), key=STATES.index)
        return found

    def files_of(self, leaf: str) -> list[str]:
        """The files of a leaf's folder that belong to it and are there, or were committed."""
        names = [f"{leaf}/{name}" for name in (LEAF_NAME, ATTRIBUTION_NAME)]
        known = self._read("ls-files", "-z", "--", *names).split("\0")
        return [name for name in names if name in known or (self.taxonomy / name).is_file()]

    def left_out(self, folder: str) -> list[str]:
        """The files of a folder that were committed, and are not here since only a part is checked out."""
        listed = self._read("ls-files", "-t", "-z", "--", folder).split("\0")
        return [name for letter, _, name in (entry.partition(" ") for entry in listed) if letter == "S"]

    def diff(self, files: Iterable[str]) -> str:
        """What changed in each file since the last commit, staged or not, as git has it; a new one counts as added."""
        names = list(files)
        if not names:
            return ""
        states, base = self.states(), self._commit("HEAD") or _EMPTY_TREE
        command = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--relative", base, "--")
        return "".join(
            self._as_added(name) if states.get(name) == "untracked" else self._read(*command, name) for name in names
        )

    def stage(self, files: Iterable[str]) -> None:
        """Put files into the index as they are; one that is gone is staged as removed."""
        names = list(files)
        if names:
            self._try("staged", "add", "--all", "--", *names)

    def unstage(self, files: Iterable[str]) -> None:
        """Take files out of the index again; they stay as they are."""
        names = list(files)
        if names and self._commit("HEAD"):
            self._try("taken out of the index", "reset", "--quiet", "--", *names)
        elif names:
            self._try("taken out of the index", "rm", "--cached", "--quiet", "--ignore-unmatch", "--", *names)

    def commit(self, message: str, files: Iterable[str]) -> str:
        """Commit files as they are now, and nothing else that is staged, with a sign-off; returns the commit's name.

        Raises LabtopError when there is nothing to commit or to say, git does not know who commits, or no branch is
        checked out, where a commit would soon be lost.
        """
        names = list(files)
        if not message.strip():
            raise LabtopError("A commit needs a message.", hint="Say in one line what changed.")
        self._check_identity()
        if self.branch() is None:
            raise LabtopError(
                "No branch is checked out, so a commit would belong to none.",
                hint=f"Make one first: git -C {self.taxonomy} switch -c BRANCH",
            )
        states = self.states()
        changed = [name for name in names if name in states]
        if not changed:
            raise LabtopError("There is nothing to commit: no change to these files.")
        if any(states[name] == "conflicted" for name in changed):
            raise LabtopError("A merge is not resolved in these files.", hint="Edit them, then stage them.")
        added = [name for name in changed if states[name] == "untracked"]
        if added:
            self._try("staged", "add", "--intent-to-add", "--", *added)
        try:
            self._try("committed", "commit", "--quiet", "--signoff", "--only", f"--message={message}", "--", *changed)
        except BaseException:
            self.unstage(added)
            raise
        return self._git("rev-parse", "HEAD").strip()

    def stacked(self, base: str | None) -> tuple[str, str] | None:
        """What is checked out and the branch to begin at, where the first has commits that the second lacks.

        That is `base`, where there is such a branch; else main or master. None when they do not differ so, and on a
        branch that bears the base's name.
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
        """Raises LabtopError when a branch cannot have this name, or one has it."""
        try:
            self._git("check-ref-format", "--branch", name)
        except GitFailed:
            raise LabtopError(
                f"'{name}' cannot be a branch's name.", hint="Take letters, digits, '-' and '/', such as add/astronomy."
            ) from None
        if self._read("for-each-ref", f"refs/heads/{name}").strip():
            raise LabtopError(
                f"There is a branch '{name}' already.",
                hint=f"Take another name, or check that one out: git -C {self.taxonomy} switch {name}",
            )

    def create_branch(self, name: str) -> None:
        """Make a branch where HEAD is and check it out; files stay as they are."""
        self.check_new_branch(name)
        self._try("made a branch", "switch", "--quiet", "--create", name)

    def switch(self, name: str) -> None:
        """Check out a branch; one that is neither here nor known of a remote is made where HEAD is.

        Raises LabtopError when it can have no such name, or git would lose what is not committed.
        """
        if self._read("for-each-ref", f"refs/heads/{name}", f"refs/remotes/*/{name}").strip():
            self._try("checked out", "switch", "--quiet", "--guess", name)
        else:
            self.create_branch(name)

    def _git(self, *arguments: str) -> str:
        # No name of a file is a pattern, and each is told as it is.
        settings = ("--literal-pathspecs", "-c", "core.quotePath=false")
        return run_git(self.taxonomy, *settings, *arguments).decode(errors="surrogateescape")

    def _read(self, *arguments: str) -> str:
        """What a command prints that fails only where git cannot read the repository."""
        try:
            return self._git(*arguments)
        except GitFailed as error:
            raise fault_of(self.taxonomy, error) from None

    def _try(self, done: str, *arguments: str) -> None:
        try:
            self._git(*arguments)
        except GitFailed as error:
            hint = None
            if ".lock': File exists" in error.output:
                hint = "Another git command may run there; if none does, delete the file that it names."
            elif error.last_lines != error.reason:  # a hook, above all, says more
                hint = f"All that was said:\n{error.last_lines}"
            raise LabtopError(f"It could not be {done}: {error.reason}.", hint=hint) from None

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
                    f"Git does not know your {part}, which a commit and its sign-off bear.",
                    hint=f'git config --global user.{part} "{example}"',
                ) from None

    def _as_added(self, name: str) -> str:
        try:
            lines = (self.taxonomy / name).read_text(errors="replace").splitlines(keepends=True)
        except OSError as error:
            raise LabtopError(f"{name} cannot be read: {error.strerror}.") from None
        return _lines(difflib.unified_diff([], lines, "/dev/null", f"b/{name}"))


def _lines(lines: Iterable[str]) -> str:
    """A file's last line may lack its newline; git tells so."""
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _state(letters: str) -> State:
    """What git's two letters for a file mean: the index against the commit, and the file against the index."""
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
