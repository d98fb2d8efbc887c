"""`labtop data`, from the taxonomy to the files, as a real job."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import observe
from tests.core.sdg.helpers import ROOT, RuleServer, document, lines, rule_server
from tests.core.serving.certificates import PASSWORD, make_certificates
from tests.waiting import wait_for, wait_in_job
from tui.cli.data.commands import generate as generate_command
from tui.cli.jobs.results import show_result

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as running:
        yield running


@pytest.fixture
def taxonomy(tmp_path: Path, own_home: Path) -> Path:
    """A repository with documents, and one with a knowledge leaf and a skill whose examples are partly grounded."""

    def git(folder: Path, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    documents = tmp_path / "documents"
    documents.mkdir()
    git(documents, "init", "-q")
    (documents / "observatory.md").write_text(document(2))
    git(documents, "add", ".")
    git(documents, "commit", "-qm", "documents")
    root = tmp_path / "taxonomy"
    leaf = root / "knowledge" / "science"
    leaf.mkdir(parents=True)
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "empty")
    pairs = "".join(f"\n      - question: Question {n}?\n        answer: Answer {n}." for n in range(3))
    seeds = "".join(f"\n  - context: Context {n}.\n    questions_and_answers:{pairs}" for n in range(5))
    (leaf / "qna.yaml").write_text(
        f"version: 3\ncreated_by: tester\ndomain: astronomy\nseed_examples:{seeds}\n"
        f"document_outline: An observatory.\ndocument:\n  repo: {documents}\n"
        f"  commit: {git(documents, 'rev-parse', 'HEAD')}\n  patterns:\n    - '*.md'\n"
    )
    skill = root / "compositional_skills" / "summary"
    skill.mkdir(parents=True)
    grounds = ["", "", "", "\n    context: A note.", "\n    context: Another note."]
    seeds = "".join(f"\n  - question: Task {n}?\n    answer: Answer {n}.{ground}" for n, ground in enumerate(grounds))
    (skill / "qna.yaml").write_text(
        f"version: 3\ncreated_by: tester\ntask_description: Sum up.\nseed_examples:{seeds}\n"
    )
    return root


def labtop(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from tui.cli.main import main; main()", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},  # so that a path stays on one line
        capture_output=True,
        text=True,
    )


def jobs_folder() -> Path:
    return Path(os.environ["LABTOP_HOME"]) / "state" / "jobs"


def generate(server: RuleServer, taxonomy: Path, output: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return labtop(
        "data", "generate", "--endpoint-url", server.url, "--model", "rules", "--taxonomy-path", taxonomy,
        "--taxonomy-base", "main", "--output-dir", output, "--chunk-word-count", 45, "--sdg-scale-factor", 6, *more,
    )  # fmt: skip


def test_generate_list_and_show(server: RuleServer, taxonomy: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    done = generate(server, taxonomy, output, "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["status"] == "succeeded"
    files = report["result"]["files"]
    assert len(lines(files["knowledge_train"])) == 20
    skills = {json.loads(row["metadata"])["leaf_node_path"] for row in lines(files["skills_train"])}
    assert skills == {
        "knowledge_science",
        "compositional_skills_summary",
        "compositional_skills_summary_2",
    }
    again = generate(server, taxonomy, output)
    assert again.returncode == 0, again.stderr
    assert f"Mixed dataset (20 records) saved to {files['knowledge_train']}" in again.stdout

    listed = json.loads(labtop("data", "list", "--dataset-dirs", output, "--json").stdout)
    assert {item["path"]: item["rows"] for item in listed}[files["knowledge_train"]] == 20
    assert Path(files["skills_train"]).name[:17] in labtop("data", "list", "--dataset-dirs", output).stdout

    shown = labtop("data", "show", files["knowledge_train"], "--limit", 1).stdout
    assert "system: You are" in shown and "assistant: The lamp number 0 has 2 parts of brass." in shown
    records = json.loads(labtop("data", "show", files["knowledge_train"], "--limit", 2, "--json").stdout)
    assert records == lines(files["knowledge_train"])[:2]


def test_generate_with_builtin_teacher(taxonomy: Path, tmp_path: Path) -> None:
    done = labtop(
        "generate", "--taxonomy-path", taxonomy, "--taxonomy-base", "main", "--output-dir", tmp_path / "out", "--json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    rows = lines(result["files"]["knowledge_train"])
    answers = {row["messages"][-1]["content"] for row in rows}
    assert "The lamp number 0 has 2 parts of brass." in answers
    assert len(rows) > 3 * len(answers)  # several wordings of each fact
    task = next(Path(result["tasks_dir"]).glob("mmlubench_*.jsonl"))
    assert all(row["choices"][row["answer"]] for row in lines(task))


def test_generate_quiet_with_teacher_log(taxonomy: Path, tmp_path: Path) -> None:
    done = labtop(
        "generate", "--taxonomy-path", taxonomy, "--taxonomy-base", "main", "--output-dir", tmp_path / "out",
        "--quiet", "--enable-serving-output",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Mixed dataset" in done.stdout
    served, *warnings = done.stderr.splitlines()
    assert json.loads(served)["ready"]["url"].startswith("http://127.0.0.1:")
    assert [line[:2] for line in warnings] == ["! "] * len(warnings)


def test_generate_hides_secrets(taxonomy: Path, tmp_path: Path) -> None:
    """A trusted https endpoint that wants a key and a client certificate, and a job that outlives its command."""
    key = "k-2718281828459045"
    files = make_certificates(tmp_path)
    served = ("--certificate", files.server, "--client-authority", files.authority, "--api-key", key)
    trusted = labtop("tls", "trust", str(files.authority))
    assert "every certificate that it issues" in trusted.stdout
    given = ("--tls-client-cert", files.client, "--tls-client-key", files.locked_key)
    secrets = ("--api-key", key, "--tls-client-passwd", PASSWORD)
    seen: set[str] = set()

    def finished(job: JobFolder) -> bool:
        seen.update(" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
        return observe(job).status == "succeeded"

    with rule_server(*served, "--latency", 0.2) as server:
        started = generate(server, taxonomy, tmp_path / "out", *given, *secrets, "--detached")
        assert started.returncode == 0, started.stderr
        (job,) = JobStore().list()
        wait_in_job(job, partial(finished, job))
        assert server.process.poll() is None
    commands = [line for line in seen if "core.jobs.runner" in line or "core.jobs.workers.process" in line]
    assert len(commands) >= 2
    assert not any(secret in line for line in commands for secret in (key, PASSWORD))
    written = [file for folder in (tmp_path / "out", jobs_folder()) for file in folder.rglob("*") if file.is_file()]
    assert written and not any(secret.encode() in file.read_bytes() for file in written for secret in (key, PASSWORD))


def test_generate_incomplete_run(taxonomy: Path, tmp_path: Path) -> None:
    with rule_server("--null", "number 1 has") as one, rule_server("--null", "number 1 has") as two:
        done = generate(one, taxonomy, tmp_path / "out", "--endpoint-url", two.url, "--json")
        assert one.seen and two.seen
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["status"] == "failed" and "got no answer" in done.stderr
    assert report["result"]["incomplete"] and lines(report["result"]["dead_letters"])
    with rule_server() as sound:
        again = generate(sound, taxonomy, tmp_path / "out", "--json")
    assert again.returncode == 0, again.stderr
    result = json.loads(again.stdout)["result"]
    assert result["dead_letters"] is None and result["rows"] > report["result"]["rows"]


def test_generate_detached(server: RuleServer, taxonomy: Path, tmp_path: Path) -> None:
    started = generate(server, taxonomy, tmp_path / "out", "--detached")
    assert started.returncode == 0 and started.stdout.startswith("generate-")
    state = tmp_path / "out" / ".run" / "run.json"
    (job,) = JobStore().list()
    wait_for(job, "succeeded")
    assert json.loads(state.read_text())["result"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("--taxonomy-base", "HEAD~0", "--endpoint-url", "http://127.0.0.1:9/v1"),
            "http://127.0.0.1:9/v1 (Connection refused",
        ),
        (("--taxonomy-path", "/nowhere"), "The taxonomy folder /nowhere does not exist"),
        (("--pipeline", "unheard-of"), "pipeline unheard-of"),
        (("--endpoint-url", "https://me:secret@127.0.0.1:9/v1"), "a password"),
    ],
)
def test_generate_mistakes(
    server: RuleServer, taxonomy: Path, tmp_path: Path, change: tuple[str, ...], words: str
) -> None:
    done = generate(server, taxonomy, tmp_path / "out", *change)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split()) and "Traceback" not in done.stderr
    assert not any("secret" in file.read_text() for file in jobs_folder().rglob("*.json*"))


def test_wrong_usage_and_missing_files() -> None:
    assert labtop("data", "generate", "--seed", 2**64).returncode == 2
    assert labtop("data", "show", "/nowhere.jsonl").returncode == 1
    assert "There is no folder" in labtop("data", "list", "--dataset-dirs", "/nowhere").stderr


def test_list_before_any_data_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path / "home"))
    listed = labtop("data", "list")
    assert (listed.returncode, listed.stdout) == (0, "")
    assert "Create one with: labtop data generate" in listed.stderr
    assert json.loads(labtop("data", "list", "--json").stdout) == []


def test_list_prints_a_path_without_line_breaks(tmp_path: Path) -> None:
    folder = tmp_path / ("long-name-" * 12)
    folder.mkdir()
    dataset = folder / "knowledge_train_msgs_2026-11-29T04_16_50.jsonl"
    dataset.write_text("{}\n")
    listed = labtop("data", "list", "--dataset-dirs", folder).stdout
    assert [line.split()[-1] for line in listed.splitlines()] == ["DATASET", str(dataset)]


def test_show_escapes_control_characters(tmp_path: Path) -> None:
    hostile = tmp_path / "x.jsonl"
    hostile.write_text(
        json.dumps({"messages": [{"role": "user\x1b[2J", "content": "\x1b]0;title\x07Hi\u202e"}]}) + "\n"
    )
    shown = labtop("data", "show", hostile).stdout
    assert "\x1b" not in shown and "\u202e" not in shown and "Hi" in shown


def test_list_shows_brackets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "[" / "red]"
    folder.mkdir(parents=True)
    (folder / "train_2025-01-01T00_00_00.jsonl").write_text("{}\n")
    listed = labtop("data", "list", "--dataset-dirs", folder)
    assert listed.returncode == 0 and "[/red]" in "".join(listed.stdout.split())
    block = {"leaf": "knowledge_[x]", "block": "[/b]", "produced": 3, "parsed": 3, "kept": 1, "rejected": {"[/i]": 2}}
    show_result("generate", {"blocks": [block], "files": {}, "counts": {}, "seconds": 1.0}, {})
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("knowledge_[x]", "[/b]", "2 [/i]"))


def test_generate_output_dir_of_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taxonomy: Path) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr("tui.cli.jobs.follow.run_job", lambda **job: asked.append(job["options"]))
    monkeypatch.setenv("LABTOP_GENERATE_OUTPUT_DIR", str(tmp_path / "runs"))
    changed = ["--taxonomy-path", str(taxonomy), "--taxonomy-base", "empty"]
    for arguments in (changed, [*changed, "--output-dir", str(tmp_path / "one")]):
        assert CliRunner().invoke(generate_command, arguments).exit_code == 0
    run, one = (Path(options["output_dir"]) for options in asked)
    assert run.parent == tmp_path / "runs" and re.fullmatch(r"\d{4}-\d\d-\d\d_\d{6}", run.name)
    assert one == tmp_path / "one"


def test_generate_passes_yaml_rules_and_strict(server: RuleServer, taxonomy: Path, tmp_path: Path) -> None:
    """The path counts from where the command runs; a leaf without usable documents ends a strict run with 1."""
    (tmp_path / "rules.yaml").write_text("extends: relaxed\nrules: {document-start: enable}\n")
    done = generate(server, taxonomy, tmp_path / "data", "--yaml-rules", os.path.relpath(tmp_path / "rules.yaml", ROOT))
    assert done.returncode == 1
    assert "'document-start'" in done.stderr
    (tmp_path / "rules.yaml").write_text("extends: relaxed\nrules: {line-length: disable}\n")
    leaf = taxonomy / "knowledge" / "science" / "qna.yaml"
    leaf.write_text(leaf.read_text().replace("'*.md'", "'none.md'"))
    rules = os.path.relpath(tmp_path / "rules.yaml", ROOT)
    done = generate(server, taxonomy, tmp_path / "data", "--yaml-rules", rules, "--strict", "--json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert "knowledge/science" in report["error"]["message"]
    assert [leaf["leaf"] for leaf in report["result"]["left_out"]] == ["knowledge/science"]
    assert Path(report["result"]["files"]["skills_train"]).is_file()
