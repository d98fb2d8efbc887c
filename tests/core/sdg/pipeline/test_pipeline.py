"""Pipelines as data: the built-in ones, a user's own, and what can be wrong with one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast, get_args

import pytest
import yaml

from core.documents.chunking import chunk_document
from core.errors import LabtopError
from core.jobs.context import JobContext
from core.sdg.engine.rows import StartRows
from core.sdg.job import generate
from core.sdg.options import GenerateJob
from core.sdg.pipeline import bounded
from core.sdg.pipeline.blocks import PipelineKind, PromptBlock
from core.sdg.pipeline.load import BUILT_IN, load_pipeline, pipeline_folder
from tests.core.sdg.helpers import document, freeform_leaf, grounded_leaf, knowledge_leaf, rule_server, run

FULL = BUILT_IN / "full"


@pytest.mark.parametrize("kind", get_args(PipelineKind))
def test_built_in_prompts_end_with_their_tags(kind: PipelineKind) -> None:
    pipeline = load_pipeline(FULL, kind)
    assert pipeline is not None
    leaf = {"freeform_skills": freeform_leaf(), "grounded_skills": grounded_leaf()}.get(kind, knowledge_leaf())
    row = StartRows(leaf, chunk_document("d.md", document()), pipeline)[0]
    row |= {name: f"<{name}>" for name in ("question", "answer", "verdict") if name not in row}
    row |= {"context": "<context>"} if kind == "grounded_skills" else {}
    for block in pipeline.blocks:
        if isinstance(block, PromptBlock):
            prompt = block.render(row)
            last = prompt.rpartition("\n\n")[2]
            assert last.startswith("Reply with")
            assert all(output.start in last and output.end in last for output in block.outputs)
            for line in prompt.splitlines():
                if line.startswith(("[Start of", "[End of")):
                    assert line.endswith("]") and line.count("[") == 1
            assert "\n\n\n\n" not in prompt


def test_rows_of_knowledge_pair_chunks_with_seed_examples() -> None:
    pipeline = load_pipeline(FULL, "knowledge")
    assert pipeline is not None
    chunks = chunk_document("d.md", document(), 60)
    rows = StartRows(knowledge_leaf(seeds=3), chunks, pipeline)
    assert [(row["document"], row["examples"][0]["context"]) for row in rows] == [
        (chunk.text, f"Context {seed}.") for chunk in chunks for seed in range(3)
    ]


def test_rows_of_skills_rotate_the_seed_examples() -> None:
    pipeline = load_pipeline(FULL, "freeform_skills")
    assert pipeline is not None
    rows = StartRows(freeform_leaf(), [], pipeline.with_variable("scale", 7))
    firsts = [[example["pairs"][0]["answer"] for example in row["examples"]] for row in rows]
    assert firsts[3] == ["Rhyme 3.", "Rhyme 4.", "Rhyme 0."] and len(rows) == 5
    assert rows[0]["scale"] == 7


def test_pipeline_of_the_user_runs(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(FULL, own)
    (own / "multiple_choice.yaml").unlink()
    data = yaml.safe_load((own / "knowledge.yaml").read_text())
    data["rows"], data["blocks"] = "chunk", data["blocks"][:1]
    (own / "knowledge.yaml").write_text(yaml.safe_dump(data))
    with rule_server() as server:
        result = run(server, tmp_path / "out", pipeline=str(own))
    assert result["requests"] == 4 and result["counts"]["knowledge_train"] == 40
    assert not list(Path(result["tasks_dir"]).glob("*_task.yaml"))


def broken(change: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((FULL / "knowledge.yaml").read_text())
    first, second, third = data["blocks"][:3]
    match change:
        case "version":
            data["version"] = 2
        case "rows":
            data["rows"] = "seed"
        case "field":
            first["colour"] = "red"
        case "missing":
            del first["outputs"]
        case "type":
            first["type"] = "code"
        case "name":
            second["name"] = first["name"]
        case "column":
            third["column"] = "nothing"
        case "operator":
            third["operator"] = "is"
        case "value":
            third["value"] = True
        case "as":
            second["outputs"][0]["as"] = "date"
        case "undefined":
            second["template"] = "prompts/skill_pair.j2"
        case "outside":
            first["template"] = "../full/prompts/questions.j2"
        case "columns":
            data["blocks"] = [first | {"outputs": first["outputs"][:1]}]
        case "temperature":
            first["temperature"] = "hot"
        case "n":
            first["n"] = 0
        case "many":
            first["n"] = 99999999999
        case "long":
            first["max_tokens"] = 99999999999
        case "number":
            first["n"] = "3"
        case "nameless":
            del second["name"]
        case "untyped":
            del second["type"]
        case "text":
            data["blocks"][1] = "faithful"
        case "tag":
            first["outputs"][0]["start"] = "[ ]"
        case "outputs":
            first["outputs"] = []
        case "distinct":
            data["distinct"] = "question"
        case "variables":
            data["variables"] = ["number"]
        case "nan":
            third["value"] = float("nan")
        case "list":
            data["blocks"] = {}
    return data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("version", "version is not 1"),
        ("rows", "rows must be chunk or chunk_and_seed"),
        ("field", "block questions: the field colour is not known"),
        ("missing", "block questions: the field outputs is missing"),
        ("type", "type must be prompt or filter"),
        ("name", "two blocks have the same name"),
        ("column", "nothing is no column at this point"),
        ("operator", "operator must be one of"),
        ("value", "value must be a text in quotes or a number"),
        ("as", "not as date"),
        ("undefined", "uses context, which is no column at this point"),
        ("outside", "there is no file .* in the pipeline's folder"),
        ("columns", "no block makes the column answer"),
        ("temperature", "temperature must be a number"),
        ("n", "n must be a whole number from 1 up"),
        ("list", "blocks must be a list"),
        ("many", "block questions: n must be at most 1,000"),
        ("long", "block questions: max_tokens must be at most 1,000,000"),
        ("number", "block questions: n must be a whole number from 1 up"),
        ("nameless", "block number 2: each block needs a name"),
        ("untyped", "block faithful: type must be prompt or filter"),
        ("text", "block number 2: a mapping of fields is wanted"),
        ("tag", "block questions: an output's start must be a text"),
        ("outputs", "block questions: outputs must be a list with something in it"),
        ("distinct", "distinct must be a list"),
        ("variables", "variables must be a mapping"),
        ("nan", "value must be a text in quotes or a number"),
    ],
)
def test_load_names_file_block_and_field(tmp_path: Path, change: str, words: str) -> None:
    shutil.copytree(FULL, tmp_path / "own")
    (tmp_path / "own" / "knowledge.yaml").write_text(yaml.safe_dump(broken(change)))
    with pytest.raises(LabtopError, match=words):
        load_pipeline(tmp_path / "own", "knowledge")


def test_load_reports_broken_yaml_and_templates(tmp_path: Path) -> None:
    shutil.copytree(FULL, tmp_path / "own")
    (tmp_path / "own" / "prompts" / "questions.j2").write_text("{% if %}")
    with pytest.raises(LabtopError, match=r"questions\.j2 cannot be used"):
        load_pipeline(tmp_path / "own", "knowledge")
    (tmp_path / "own" / "knowledge.yaml").write_text("a: [")
    with pytest.raises(LabtopError, match="cannot be read"):
        load_pipeline(tmp_path / "own", "knowledge")


def test_template_is_sandboxed(tmp_path: Path) -> None:
    shutil.copytree(FULL, tmp_path / "own")
    (tmp_path / "own" / "prompts" / "questions.j2").write_text("{{ document.__class__.__mro__ }}")
    with rule_server() as server, pytest.raises(LabtopError, match=r"block questions .* unsafe"):
        run(server, tmp_path / "out", pipeline=str(pipeline_folder(str(tmp_path / "own"))))


@pytest.mark.parametrize(
    "template",
    [
        "{{ '%2000000000d' % 1 }}",
        "{{ 'x' * 3000000000 }}",
        "{{ 'x'|center(3000000000) }}",
        "{% set n = namespace(x='ab') %}{% for _ in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x|length }}",
        "{% for _ in range(100000) %}{% for _ in range(1000) %}x{% endfor %}{% endfor %}",
        "{% for _ in range(100000) %}{% for _ in range(100000) %}{% endfor %}{% endfor %}",
    ],
)
def test_template_is_stopped_at_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    monkeypatch.setattr(bounded, "MAX_SECONDS", 0.2)
    shutil.copytree(FULL, tmp_path / "own")
    (tmp_path / "own" / "prompts" / "questions.j2").write_text(template)
    with pytest.raises(
        LabtopError, match=r"prompt of block questions cannot be written: it (takes more|is longer) than"
    ):
        pipeline = load_pipeline(tmp_path / "own", "knowledge")
        assert pipeline is not None and isinstance(pipeline.blocks[0], PromptBlock)
        pipeline.blocks[0].render({})


def test_a_constant_without_end_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MAX_SECONDS", 0.2)
    shutil.copytree(FULL, tmp_path / "own")
    (tmp_path / "own" / "prompts" / "questions.j2").write_text("{{ ('a ' * 500000)|wordwrap(1) }}")
    with pytest.raises(LabtopError, match=r"questions\.j2 cannot be used: it takes more than 0\.2 seconds"):
        load_pipeline(tmp_path / "own", "knowledge")


@pytest.mark.parametrize("name", ["prompts/\0.j2", f"{'long' * 1000}.j2"])
def test_an_impossible_name_of_a_template_is_a_sentence(tmp_path: Path, name: str) -> None:
    shutil.copytree(FULL, tmp_path / "own")
    data = yaml.safe_load((FULL / "knowledge.yaml").read_text())
    data["blocks"][0]["template"] = name
    (tmp_path / "own" / "knowledge.yaml").write_text(yaml.safe_dump(data))
    with pytest.raises(LabtopError, match="there is no file"):
        load_pipeline(tmp_path / "own", "knowledge")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ 9 ** (9 ** 9) }}", "it computes a power of more than 100,000 bits"),
        ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", "maximum recursion depth exceeded"),
    ],
)
def test_template_computes_no_huge_power(tmp_path: Path, template: str, why: str) -> None:
    shutil.copytree(FULL, tmp_path / "own")

    def first_block(text: str) -> PromptBlock:
        (tmp_path / "own" / "prompts" / "questions.j2").write_text(text)
        pipeline = load_pipeline(tmp_path / "own", "knowledge")
        assert pipeline is not None and isinstance(pipeline.blocks[0], PromptBlock)
        return pipeline.blocks[0]

    with pytest.raises(LabtopError, match=f"prompt of block questions cannot be written: {why}"):
        first_block(template).render({})
    assert first_block("{{ 2 ** 10 }} {{ 2.5 ** 2 }} {{ 2 ** -1 }}").render({}) == "1024 6.25 0.5"


def test_load_rejects_a_yaml_bomb(tmp_path: Path) -> None:
    lists = "".join(f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 9)}]\n" for number in range(1, 12))
    shutil.copytree(FULL, tmp_path / "own")
    (tmp_path / "own" / "knowledge.yaml").write_text(f"l0: &l0 [x]\n{lists}")
    with pytest.raises(LabtopError, match="cannot be read: aliases expand to more than"):
        load_pipeline(tmp_path / "own", "knowledge")


@pytest.mark.parametrize("change", ["missing", "empty", "wrong"])
def test_pipeline_is_checked_before_a_teacher_starts(tmp_path: Path, change: str) -> None:
    own = tmp_path / "own"
    if change != "missing":
        own.mkdir()
    if change == "wrong":
        (own / "knowledge.yaml").write_text("version: 2\nrows: chunk\nblocks: []\n")
    with pytest.raises(LabtopError, match=r"There is no pipeline|holds no pipeline|version is not 1"):
        job = GenerateJob(pipeline=str(own), model="never started", output_dir=tmp_path, taxonomy_path=tmp_path)
        generate(cast("JobContext", None), job)
