"""Results with readable names."""

from __future__ import annotations

from core.jobs.result_figures import result_figures


def test_result_figures_have_readable_names() -> None:
    result = {
        "files": {"knowledge_recipe": "/d/recipe.yaml"},
        "paths": {"dir": "/d"},
        "rows": 1234,
        "rejected": {"duplicate": 5},
        "best": "/m",
        "base": {"score": 0.25, "stderr": None},
        "left_out": [],
        "phases": [{"phase": 1}, {"phase": 2}],
        "names": ["a", "b"],
        "complete": True,
    }
    assert list(result_figures(result)) == [
        ("knowledge recipe (file)", "/d/recipe.yaml"),
        ("folder", "/d"),
        ("rows", "1,234"),
        ("duplicate (rejected)", "5"),
        ("best checkpoint", "/m"),
        ("base score", "0.25"),
        ("phases", "2"),
        ("names", "a, b"),
        ("complete", "yes"),
    ]
