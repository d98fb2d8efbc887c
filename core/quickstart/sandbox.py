"""The quickstart's sandbox: the sample taxonomy and its documents, each in a new git repository."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from core.errors import LabtopError
from core.files import atomic_directory, locked_folder, write_atomic

COMMIT_DATE = "2025-01-01T12:00:00 +0000"
"""Date of every commit, so that the same files give the same commits."""

AUTHOR = ("labtop", "labtop@localhost")

LEAF_FILES = ("qna.yaml", "attribution.txt")
QUESTIONS = "questions.yaml"

NOTE = """\
Made by `labtop quickstart`. What is here, in the order it was made:

documents/    the knowledge documents, a git repository that the taxonomy points at
taxonomy/     the taxonomy: two knowledge leaves, two skills; a git repository
questions/    the held-out questions; training never sees them
datasets/     what the teacher generated
student/      the untrained student, in a numbered folder for each set of inputs
training/     the phases of training, with every checkpoint and the journal, numbered as well
evaluation/   scores, question by question
record/       what is done, and from which inputs

It can be deleted as a whole.
"""


@dataclass(frozen=True)
class Sandbox:
    """The folders of a quickstart."""

    root: Path

    @property
    def documents(self) -> Path:
        return self.root / "documents"

    @property
    def taxonomy(self) -> Path:
        return self.root / "taxonomy"

    @property
    def questions(self) -> Path:
        return self.root / "questions"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def training(self) -> Path:
        return self.root / "training"

    @property
    def evaluation(self) -> Path:
        return self.root / "evaluation"

    def question_files(self) -> dict[str, Path]:
        """The held-out questions of each leaf, by the leaf's name."""
        return {file.stem: file for file in sorted(self.questions.glob("*.yaml"))}


def make_sandbox(root: Path, sample: Path | None = None) -> Sandbox:
    """Write the sandbox, or its missing parts; files that a user changed are kept.

    It is made from a sample: `documents/*.md`, and `taxonomy/` whose leaves name them by `@REPO@` and `@COMMIT@` and
    have held-out questions next to them. Without one, the built-in sample is used. Raises LabtopError if the folder
    contains something else, or if the sample is not valid.
    """
    if sample is None:
        with as_file(files("profiles").joinpath("sample")) as ours:
            return _make(root, ours)
    if not any((sample / "documents").glob("*.md")) or not any((sample / "taxonomy").rglob(QUESTIONS)):
        raise LabtopError(
            f"{sample} is no sample for a quickstart.",
            hint=f"It needs documents/*.md, and taxonomy/ with a qna.yaml and a {QUESTIONS} for each leaf.",
        )
    return _make(root, sample)


def _make(root: Path, sample: Path) -> Sandbox:
    sandbox = Sandbox(root)
    note = root / "README.txt"
    if root.exists() and any(root.iterdir()) and not note.exists():
        raise LabtopError(
            f"{root} is not empty and holds no quickstart.",
            hint="Choose a new folder with --dir: nothing is overwritten.",
        )
    write_atomic(note, NOTE)
    with locked_folder(root, "making the sandbox"):
        _fill(sandbox, sample)
    return sandbox


def _fill(sandbox: Sandbox, sample: Path) -> None:
    if not sandbox.documents.exists():
        with atomic_directory(sandbox.documents) as folder:
            for source in sorted((sample / "documents").glob("*.md")):
                write_atomic(folder / source.name, source.read_text(encoding="utf-8"))
            _commit_all(folder, "Add the documents")
    if not sandbox.taxonomy.exists():
        with atomic_directory(sandbox.taxonomy) as folder:
            write_atomic(folder / "README.md", "# The sample taxonomy\n")
            _commit_all(folder, "Begin the taxonomy")
            _write_leaves(sample / "taxonomy", folder, sandbox.documents)
            _commit_all(folder, "Add two knowledge leaves and two skills", branch="sample")
    for source in sorted((sample / "taxonomy").rglob(QUESTIONS)):
        target = sandbox.questions / f"{source.parent.name}.yaml"
        if not target.exists():
            write_atomic(target, source.read_text(encoding="utf-8"))


def _write_leaves(sample: Path, taxonomy: Path, documents: Path) -> None:
    from git import Repo

    with Repo(documents) as repository:
        commit = repository.head.commit.hexsha
    for leaf in sorted(file.parent for file in sample.rglob("qna.yaml")):
        for name in filter(lambda name: (leaf / name).exists(), LEAF_FILES):
            text = (leaf / name).read_text(encoding="utf-8")
            text = text.replace("@REPO@", str(documents)).replace("@COMMIT@", commit)
            write_atomic(taxonomy / leaf.relative_to(sample) / name, text)


def _commit_all(folder: Path, message: str, branch: str = "main") -> None:
    """Commit everything in a folder, on a branch; creates a repository if there is none."""
    from git import Actor, Repo

    author = Actor(*AUTHOR)
    with Repo.init(folder, initial_branch="main") as repository:
        if branch != "main":
            repository.git.checkout("-q", "-B", branch)
        repository.git.add("--all")
        repository.index.commit(
            message, author=author, committer=author, author_date=COMMIT_DATE, commit_date=COMMIT_DATE, skip_hooks=True
        )
