from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.serving.embedded.planning import plan_passes
from core.serving.names import unique_names


@given(st.lists(st.integers(1, 500), max_size=30), st.integers(1, 2000))
def test_plan_passes_has_every_prompt_once_within_the_limit(lengths: list[int], most: int) -> None:
    passes = plan_passes(lengths, most)
    assert sorted(index for rows in passes for index in rows) == list(range(len(lengths)))
    assert all(len(rows) == 1 or len(rows) * max(lengths[index] for index in rows) <= most for rows in passes)


def test_unique_names() -> None:
    assert unique_names(["tiny", "/models/tiny", "org/other"]) == ["tiny", "org/other"]
    assert unique_names(["/models/tiny"]) == ["/models/tiny"]
