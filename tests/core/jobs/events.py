"""Events with any JSON values, besides those that their types promise."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from core.events import Event
from core.jobs.state.reducer import _HANDLERS

_SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400)

_NESTED = st.lists(_SIMPLE, max_size=2) | st.dictionaries(st.text(max_size=5), _SIMPLE, max_size=2)

_ANYTHING = _SIMPLE | _NESTED | st.lists(_NESTED, max_size=2)
"""Two levels, not `st.recursive`: that is slow to draw from, and nothing reads a field more deeply."""

_PROMISED: dict[str, Any] = {
    "kind": "train",
    "pid": 7,
    "host": "here",
    "status": "succeeded",
    "error": {"message": "m", "hint": None},
    "result": {},
    "stages": [{"id": "a", "title": "A", "expected_seconds": 10, "amount": 5, "unit": "x", "purpose": ""}],
    "title": "A",
    "quiet_seconds": 60,
    "seconds": 5,
    "done": 1,
    "total": 2,
    "unit": "x",
    "rate": 1.0,
    "seconds_left": 3,
    "key": {"leaf": "l", "block": "b"},
    "produced": 1,
    "parsed": 1,
    "kept": 1,
    "rejected": {"empty": 1},
    "step": 1,
    "values": {"loss": 1.0},
    "benchmark": "mmlu_branch",
    "model": "m",
    "score": 0.5,
    "stderr": 0.1,
    "n": 3,
    "question": "q",
    "level": "info",
    "message": "m",
    "hint": None,
    "path": "/p",
    "bytes": 1,
    "summary": {},
    "rss": 1,
}


_NAMES = st.sampled_from(sorted(_PROMISED))


def _data(odd: dict[str, Any], gone: list[str], stage: dict[str, Any] | None) -> dict[str, Any]:
    """All that any type promises, with some fields replaced by anything, or gone."""
    data = {**_PROMISED, **odd}
    if stage is not None:
        data["stages"] = [{**_PROMISED["stages"][0], **stage}]
    return {name: value for name, value in data.items() if name not in gone}


_ODD_STAGE = st.dictionaries(st.sampled_from(["id", "title", "expected_seconds"]), _ANYTHING, min_size=1, max_size=1)


ODD_EVENTS = st.lists(
    st.builds(
        Event,
        seq=st.integers(0, 9),
        time=st.floats(0, 1e10),
        t=st.floats(0, 1e9),
        type=st.sampled_from([*_HANDLERS, "metric", "progress", "unheard"]),
        stage=st.sampled_from([None, "a", "generate", "b"]),
        data=st.builds(
            _data,
            st.dictionaries(_NAMES, _ANYTHING, max_size=3),
            st.lists(_NAMES, max_size=2),
            st.none() | _ODD_STAGE,
        ),
    ),
    max_size=8,
)
"""A story in any order."""
