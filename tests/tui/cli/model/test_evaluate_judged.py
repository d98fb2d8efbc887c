"""The documents' command lines of judged benchmarks, with tiny models and a judge whose server runs already."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from core import paths
from core.serving.argv import embedded_plan
from core.serving.registry import ServerRegistry
from core.taxonomy.git.process import run_git
from tests.core.evaluation.judging.helpers import judge_server
from tests.core.sdg.helpers import RuleServer
from tests.tui.cli.running import labtop

pytestmark = pytest.mark.slow

JUDGE_NAME = "prometheus-8x7b-v2.0"


@pytest.fixture
def checkpoint(own_home: Path, tiny_model: Path) -> str:
    """A checkpoint at the documents' place, in two spellings of it."""
    for place in (".local/share/checkpoints", ".local/share/instructlab/checkpoints"):
        shutil.copytree(tiny_model, own_home / place / "hf_format" / "samples_1945")
    return "hf_format/samples_1945"


def register(judge: RuleServer, folder: Path) -> None:
    """List a judge's server as the one that serves the model in a folder."""
    registry = ServerRegistry()
    plan = embedded_plan(folder, port=judge.port)
    record = registry.add(judge.process.pid, plan, folder / "log", "serve")
    assert record is not None
    registry.set_ready(record, judge.url, [JUDGE_NAME])


@pytest.fixture
def judge(own_home: Path, tiny_model: Path) -> Iterator[RuleServer]:
    """A judge among the models, in the spelling of its download, with a server that runs."""
    folder = paths.current().models_dir / "prometheus-8x7b-v2-0"
    shutil.copytree(tiny_model, folder)
    with judge_server("--name", JUDGE_NAME) as server:
        register(server, folder)
        yield server


@pytest.fixture
def taxonomy(own_home: Path) -> Path:
    root = own_home / "taxonomy"
    with as_file(files("profiles").joinpath("sample", "taxonomy")) as sample:
        shutil.copytree(sample, root)
    run_git(root, "init", "-q")
    run_git(root, "add", "-A")
    run_git(root, "commit", "-qm", "all")
    run_git(root, "checkout", "-qb", "worker-branch")
    skills = root / "compositional_skills" / "writing"
    shutil.copytree(skills / "duty_roster", skills / "haiku")
    run_git(root, "add", "-A")
    run_git(root, "commit", "-qm", "a new skill")
    run_git(root, "checkout", "-q", "main")
    return root


def test_mt_bench(checkpoint: str, judge: RuleServer, own_home: Path) -> None:
    model = f"~/.local/share/instructlab/checkpoints/{checkpoint}"
    done = labtop(
        "model", "evaluate", "--benchmark", "mt_bench", "--model", model, "--enable-serving-output", timeout=300
    )  # fmt: skip
    report = done.stdout
    assert report.startswith("# SKILL EVALUATION REPORT\n\n## MODEL\n" + model.replace("~", str(own_home)))
    for title in ("### AVERAGE:", "### TURN ONE:", "not comparable with published MT-Bench scores"):
        assert title in report
    assert '"ready"' in done.stderr, "the server's output"
    again = json.loads(labtop("model", "evaluate", "--benchmark", "mt_bench", "--model", model, "--json").stdout)
    [result] = again["result"]["results"]
    assert set(result) >= {"model", "benchmark", "score", "stderr", "n", "tasks"}
    assert len(result["tasks"]) == 8
    assert max(judge.seen.values()) == 1


def test_mt_bench_branch(checkpoint: str, judge: RuleServer, taxonomy: Path, tiny_model: Path) -> None:
    done = labtop(
        "model", "evaluate",
        "--benchmark", "mt_bench_branch",
        "--model", f"~/.local/share/checkpoints/{checkpoint}",
        "--judge-model", "~/.cache/share/models/prometheus-8x7b-v2.0",
        "--branch", "worker-branch",
        "--base-branch", "main",
        "--gpus", "1",
        "--taxonomy-path", str(taxonomy),
        "--enable-serving-output",
        "--base-model", str(tiny_model),
        timeout=300,
    )  # fmt: skip
    assert done.stdout.startswith("# SKILL EVALUATION REPORT\n\n## BASE MODEL\n")
    assert "### NO CHANGE:\n1. compositional_skills/grounded/reading/lost_property/qna.yaml\n2. " in done.stdout
    assert "### NEW:\n1. compositional_skills/writing/haiku/qna.yaml (" in done.stdout
    assert "New leaves, base model -> model:\n  compositional_skills/writing/haiku/qna.yaml: " in done.stdout
    assert run_git(taxonomy, "status", "--porcelain") == b""
    assert run_git(taxonomy, "branch", "--show-current") == b"main\n"
    assert judge.seen


def test_missing_judge_is_named_with_its_download(checkpoint: str) -> None:
    model = f"~/.local/share/checkpoints/{checkpoint}"
    failed = labtop("model", "evaluate", "--benchmark", "mt_bench", "--model", model, status=1)
    assert failed.stderr.startswith("Error: The judge prometheus-8x7b-v2.0 is not on this machine.\n")
    assert (
        "labtop model download --repository docker://registry.redhat.io/rhelai1/prometheus-8x7b-v2-0" in failed.stderr
    )


def test_branch_that_does_not_exist(checkpoint: str, taxonomy: Path) -> None:
    failed = labtop(
        "model", "evaluate", "--benchmark", "mt_bench_branch", "--model", f"~/.local/share/checkpoints/{checkpoint}",
        "--branch", "nowhere", "--taxonomy-path", str(taxonomy), status=1,
    )  # fmt: skip
    assert "has no branch 'nowhere'" in failed.stderr
    assert "Its branches are: main, worker-branch." in failed.stderr


def test_taxonomy_that_does_not_exist(checkpoint: str, tmp_path: Path) -> None:
    failed = labtop(
        "model", "evaluate", "--benchmark", "mt_bench_branch", "--model", f"~/.local/share/checkpoints/{checkpoint}",
        "--branch", "nowhere", "--taxonomy-path", str(tmp_path / "none"), status=1,
    )  # fmt: skip
    assert f"The taxonomy folder {tmp_path / 'none'} does not exist" in failed.stderr


def test_dk_bench_of_given_answers_needs_no_model(judge: RuleServer, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"user_input": "Who wrote Faust?", "reference": "Goethe", "response": "It was Goethe."}\n')
    out = tmp_path / "out"
    command = ("model", "evaluate", "--benchmark", "dk_bench", "--input-questions", str(file), "--output-dir", str(out))
    done = labtop(*command, "--output-file-formats", "jsonl,csv")
    assert done.stdout.startswith(f"# DK-BENCH REPORT\n\n## MODEL: {file}\n\nQuestion #1:     ")
    assert {each.suffix for each in (out / "questions.jsonl").iterdir()} == {".jsonl", ".csv"}
    refused = labtop(*command, "--output-file-formats", "xlsx", status=2)
    assert "xlsx needs a library" in refused.stderr
