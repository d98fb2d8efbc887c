from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.serving.embedded.transformers_generator import choose_threads, plan_passes
from core.serving.names import one_name_each


@given(st.lists(st.integers(1, 500), max_size=30), st.integers(1, 2000))
def test_every_prompt_is_read_once_within_the_bound(lengths: list[int], most: int) -> None:
    passes = plan_passes(lengths, most)
    assert sorted(index for rows in passes for index in rows) == list(range(len(lengths)))
    assert all(len(rows) == 1 or len(rows) * max(lengths[index] for index in rows) <= most for rows in passes)


def test_a_tiny_model_gets_one_thread_and_a_large_one_all_cores() -> None:
    assert choose_threads(4_000_000, 32) == 1
    assert choose_threads(14_000_000_000, 32) == 32


def test_a_model_that_is_listed_by_name_and_path_is_one() -> None:
    assert one_name_each(["tiny", "/models/tiny", "org/other"]) == ["tiny", "org/other"]
    assert one_name_each(["/models/tiny"]) == ["/models/tiny"]
