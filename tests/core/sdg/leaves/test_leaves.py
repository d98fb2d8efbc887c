"""From a taxonomy in git to the leaves of a run: which are ignored, and which are left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.sdg.job import shortfall
from core.sdg.leaves.changed import checked_leaves, taxonomy_leaves
from core.sdg.options import GenerateJob
from core.sdg.worker import generate
from tests.core.sdg.helpers import RecordingReporter, RuleServer, document, rule_server
from tests.core.taxonomy.leaves import commit_all, knowledge, skill, write


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as running:
        yield running


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A sound leaf, one whose document is blank, and one whose repository is not there."""
    documents = tmp_path / "documents"
    write(documents / "good.md", document(2))
    write(documents / "blank.md", "\n \n")
    write(documents / "heading.md", "# A title\n")
    commit = commit_all(documents)
    root = tmp_path / "taxonomy"
    write(root / "README.md", "x")
    commit_all(root)
    for name, repo, pattern in (("good", documents, "good.md"), ("blank", documents, "*.md"), ("away", "/away", "*")):
        text = knowledge(repo=str(repo), commit=commit, patterns=f"['{pattern}']")
        write(root / f"knowledge/{name}/qna.yaml", text)
    return root


def test_leaf_with_unusable_documents_is_left_out(taxonomy: Path) -> None:
    reporter = RecordingReporter()
    gathered = taxonomy_leaves(taxonomy, "main", reporter)
    assert [leaf.path for leaf in gathered.leaves] == ["knowledge/good"]
    assert [
        (out.path, word in out.message) for out, word in zip(gathered.left_out, ("/away", "empty"), strict=True)
    ] == [
        ("knowledge/away", True),
        ("knowledge/blank", True),
    ]
    warned = [note["message"] for note in reporter.of("note") if note["level"] == "warning"]
    assert ["knowledge/away" in warned[0], "knowledge/blank" in warned[1]] == [True, True]


def test_leaf_with_headings_only_is_left_out(taxonomy: Path) -> None:
    leaf = taxonomy / "knowledge/blank/qna.yaml"
    leaf.write_text(leaf.read_text().replace("'*.md'", "'heading.md'"))
    gathered = taxonomy_leaves(taxonomy, "main", RecordingReporter())
    assert "no text besides headings" in gathered.left_out[1].message


def test_no_remaining_leaf_is_an_error(taxonomy: Path) -> None:
    (taxonomy / "knowledge/good/qna.yaml").unlink()
    with pytest.raises(LabtopError, match=r"None of the 2 changed leaves.* knowledge/away: .*/away"):
        taxonomy_leaves(taxonomy, "main", RecordingReporter())


def test_unused_leaves_are_reported(taxonomy: Path) -> None:
    for name in ("good", "blank", "away"):
        (taxonomy / f"knowledge/{name}/qna.yaml").unlink()
    write(taxonomy / "linguistics/grammar/qna.yaml", skill())
    with pytest.raises(LabtopError, match=r"passed over: linguistics/grammar/qna\.yaml") as caught:
        checked_leaves(taxonomy, "main")
    assert "compositional_skills" in str(caught.value.hint)
    write(taxonomy / "compositional_skills/sums/qna.yaml", skill())
    reporter = RecordingReporter()
    taxonomy_leaves(taxonomy, "main", reporter)
    assert any("linguistics/grammar/qna.yaml" in note["message"] for note in reporter.of("note"))


def test_foundational_skills_are_used_like_others(taxonomy: Path) -> None:
    write(taxonomy / "foundational_skills/sums/qna.yaml", skill())
    [leaf] = [
        leaf for leaf in taxonomy_leaves(taxonomy, "main", RecordingReporter()).leaves if leaf.kind != "knowledge"
    ]
    assert (leaf.path, leaf.kind, len(leaf.seeds)) == ("foundational_skills/sums", "freeform_skill", 5)


def test_yaml_rules_are_applied(taxonomy: Path, tmp_path: Path) -> None:
    long = skill().replace("Add numbers", "word " * 17 + "end")
    write(taxonomy / "compositional_skills/sums/qna.yaml", long)
    rules = write(tmp_path / "rules.yaml", "extends: relaxed\n")
    assert checked_leaves(taxonomy, "main")
    with pytest.raises(LabtopError, match="line too long"):
        checked_leaves(taxonomy, "main", yaml_rules=rules)


def test_generate_reports_left_out_leaves_at_the_end(taxonomy: Path, server: RuleServer, tmp_path: Path) -> None:
    """So it does when the finished run is returned."""
    arguments = {
        "output_dir": str(tmp_path / "data"),
        "endpoint_url": server.url,
        "model": "rules",
        "taxonomy_path": str(taxonomy),
        "taxonomy_base": "main",
        "chunk_word_count": 45,
    }
    for _ in range(2):
        reporter = RecordingReporter()
        result = generate(arguments, reporter)
        assert [out["leaf"] for out in result["left_out"]] == ["knowledge/away", "knowledge/blank"]
        assert json.loads(json.dumps(result)) == result
        assert "2 leaves are left out" in reporter.of("note")[-1]["message"]
    assert list((tmp_path / "data").glob("knowledge_train_msgs_*.jsonl"))
    assert shortfall(GenerateJob.from_data(arguments), result) is None
    error = shortfall(GenerateJob.from_data({**arguments, "strict": True}), result)
    assert error is not None
    assert error.message.startswith("2 leaves are left out: knowledge/away, knowledge/blank")
    assert error.result == result
