"""Verdicts against InstructLab's schema package over leaves that were changed at random."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.taxonomy.lint import lint_file
from tests.core.taxonomy.leaves import knowledge, skill, write
from tests.core.taxonomy.mutations import mutated
from tests.core.taxonomy.peer import QuickParser, rejects
from tests.core.taxonomy.test_peer import COMMUNITY, K, S

VARIABLE = "LABTOP_MUTATIONS"
"""How many changed leaves to compare, with other seeds at each run: for a nightly run, say 20000."""

EXAMPLES = int(os.environ.get(VARIABLE, "100"))
"""Without the variable few, and the same ones each time."""

SAMPLE = Path(__file__).parents[3] / "profiles/sample/taxonomy"

FIXTURES = [(K, knowledge()), (S, skill(context=True)), *((S, skill(version)) for version in (None, 1, 2, 3))]

DIFFERENCES = frozenset({"scalar-patterns"})
"""Codes of our warnings about what the peer rejects."""


def leaves_below(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("qna.yaml")):
        yield path.relative_to(folder).as_posix(), path.read_text()


@pytest.fixture(autouse=True)
def _quiet_peer() -> Iterator[None]:
    """It logs a traceback for each schema error when there is no `yq`."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("origin", ["fixtures", "leaves"])
def test_same_verdict_on_changed_leaves(origin: str, tmp_path: Path) -> None:
    bases = FIXTURES if origin == "fixtures" else [*leaves_below(SAMPLE), *leaves_below(COMMUNITY)]

    @settings(
        max_examples=EXAMPLES // 2,
        deadline=None,
        database=None,
        derandomize=VARIABLE not in os.environ,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.composite(mutated)(bases))
    def same_verdict(leaf: tuple[str, str]) -> None:
        name, text = leaf
        path = write(tmp_path / name, "")
        path.write_bytes(text.encode())
        findings = lint_file(path)
        ours = any(found.severity == "error" for found in findings)
        theirs = rejects(path, QuickParser)
        assert ours == theirs or (theirs and DIFFERENCES & {found.code for found in findings}), (text, findings)

    same_verdict()
