from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.models.catalog import (
    NEWEST,
    catalog,
    find_in_catalog,
    located,
    missing_for_customizing,
    of_release,
    require_in_catalog,
)


def test_sizes_and_support_are_as_documented() -> None:
    documented = {model.name: (model.size, model.support) for model in of_release("1.1") if not model.is_adapter}
    assert documented == {
        "granite-7b-starter": (12.6e9, "general availability"),
        "granite-7b-redhat-lab": (12.6e9, "general availability"),
        "granite-8b-code-instruct": (None, "Technology Preview"),
        "granite-8b-code-base": (None, "Technology Preview"),
        "mixtral-8x7B-instruct-v0-1": (87e9, "general availability"),
        "prometheus-8x7b-v2.0": (87e9, "general availability"),
    }


@pytest.mark.parametrize("name", ["prometheus-8x7b-v2.0", "prometheus-8x7b-v2-0", "Prometheus-8x7B-v2.0"])
def test_name_matches_without_case_dots_and_dashes(name: str) -> None:
    found = find_in_catalog(name)
    assert found is not None and found.name == "prometheus-8x7b-v2.0"


def test_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(LabtopError, match=r"no model granite-7b-startr") as raised:
        require_in_catalog("granite-7b-startr")
    assert raised.value.hint is not None and "granite-7b-starter?" in raised.value.hint
    assert find_in_catalog("bert") is None


def test_model_is_located_in_the_models_folder(tmp_path: Path) -> None:
    for folder, config in {
        "mixtral-8x7b-Instruct-v0.1": "config.json",
        "org/granite-7b-starter": "config.json",
        "skills-adapter-v3": "adapter_config.json",
        "prometheus-8x7b-v2-0": "README.md",
        ".downloads/knowledge-adapter-v3": "adapter_config.json",
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / config).write_text("{}")
    entries = located(of_release("1.1"), tmp_path)
    assert {entry.model.name: entry.path for entry in entries if entry.path} == {
        "mixtral-8x7B-instruct-v0-1": tmp_path / "mixtral-8x7b-Instruct-v0.1",
        "granite-7b-starter": tmp_path / "org" / "granite-7b-starter",
        "skills-adapter-v3": tmp_path / "skills-adapter-v3",
    }
    assert [model.name for model in missing_for_customizing(entries)] == [
        "prometheus-8x7b-v2.0",
        "knowledge-adapter-v3",
    ]


def test_each_generation_has_base_teacher_judge_and_adapters() -> None:
    for release in ("1.1", NEWEST):
        needed = [model.kind for model in catalog() if model.needed and release in model.releases]
        assert needed == ["base model", "teacher/critic", "judge", "LoRA adapter", "LoRA adapter"]
