"""Events that hold anything that JSON can hold, beside what their types promise."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from core.events import Event
from core.jobs.reducer import _HANDLERS

_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)

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


@st.composite
def _data(draw: st.DrawFn) -> dict[str, Any]:
    """All that any type promises, with some fields replaced by anything, or gone."""
    data = dict(_PROMISED)
    for name in draw(st.lists(st.sampled_from(sorted(_PROMISED)), max_size=4)):
        data[name] = draw(_ANYTHING)
    for name in draw(st.lists(st.sampled_from(sorted(_PROMISED)), max_size=2)):
        data.pop(name, None)
    if draw(st.booleans()):
        data["stages"] = [
            {**_PROMISED["stages"][0], draw(st.sampled_from(["id", "title", "expected_seconds"])): draw(_ANYTHING)}
        ]
    return data


ODD_EVENTS = st.lists(
    st.builds(
        Event,
        seq=st.integers(0, 9),
        time=st.floats(0, 1e10),
        t=st.floats(0, 1e9),
        type=st.sampled_from([*_HANDLERS, "metric", "unheard"]),
        stage=st.sampled_from([None, "a", "generate", "b"]),
        data=_data(),
    ),
    max_size=8,
)
"""A story in any order."""
