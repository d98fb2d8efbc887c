"""Questions from the skills of a taxonomy at one of its branches: each seed example is one, its answer the reference.

The branch is read from git's objects; the user's work tree stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from core.errors import LabtopError
from core.evaluation.judging.questions import TAXONOMY, Question
from core.figures import counted
from core.taxonomy.authoring.load import leaf_from
from core.taxonomy.format.leaf import Leaf
from core.taxonomy.format.reader import decode
from core.taxonomy.git.revisions import commit_of, leaf_files

ID_BITS = 53
"""Of a question's id: an integer that every reader of JSON keeps exact."""


def branch_questions(taxonomy: Path, branch: str, note: Callable[[str], None]) -> tuple[Question, ...]:
    """The questions of all skills on a branch. A leaf with errors is left out, with a note.

    Raises LabtopError for a branch that does not exist, or one without skills.
    """
    commit = commit_of(taxonomy, branch)
    found: list[Question] = []
    broken = 0
    for name, content in leaf_files(taxonomy, commit).items():
        path = PurePosixPath(name)
        try:
            leaf = leaf_from(decode(content), taxonomy / path, path.parent)
        except LabtopError as error:
            broken += 1
            note(f"On the branch {branch}, {name} is left out. {error.message}")
            continue
        if leaf.kind != "knowledge":
            found += _questions(leaf, name)
    if not found:
        without = f", apart from {counted(broken, 'leaf', 'leaves')} with errors" if broken else ""
        raise LabtopError(
            f"The branch {branch} of {taxonomy} has no skills{without}, so there are no questions for this benchmark.",
            hint="Questions are the seed examples of committed skills. For knowledge use --benchmark mmlu_branch.",
        )
    unique = {question.id: question for question in found}
    return tuple(unique.values())


def _questions(leaf: Leaf, name: str) -> list[Question]:
    return [
        Question(
            _identity(name, seed.context, pair.question),
            TAXONOMY,
            (_text(seed.context, pair.question),),
            (pair.answer,),
            leaf=name,
        )
        for seed in leaf.seeds
        for pair in seed.pairs
    ]


def _text(context: str, question: str) -> str:
    """InstructLab's form of a question with a context."""
    if not context.strip():
        return question
    return f"Given the context below:\n{context}\nAnswer the following question: {question}"


def _identity(*content: str) -> int:
    """A number for a question that is the same on every branch."""
    digest = hashlib.sha256("\0".join(content).encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest) >> (256 - ID_BITS)
