"""The options of `data generate` that InstructLab's users know: mapped, without effect, or refused with the reason."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.errors import LabtopError
from core.serving.argv import embedded_plan
from core.serving.registry import ServerRegistry
from tests.core.serving.certificates import PASSWORD, make_certificates
from tui.cli.data.commands import generate
from tui.cli.jobs.follow import Display

ENDPOINT = ("--endpoint-url", "https://127.0.0.1:9/v1")


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A repository with one new skill."""
    root = tmp_path / "taxonomy"
    skill = root / "compositional_skills" / "rhymes"
    skill.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    seeds = "".join(f"\n  - question: Task {number}?\n    answer: Answer {number}." for number in range(5))
    (skill / "qna.yaml").write_text(
        f"version: 3\ncreated_by: tester\ntask_description: Rhyme.\nseed_examples:{seeds}\n"
    )
    return root


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What jobs were to be started."""
    started: list[dict[str, Any]] = []
    monkeypatch.setattr("tui.cli.jobs.follow.run_job", lambda **job: started.append(job))
    return started


def ask(taxonomy: Path, *arguments: object, **environment: str) -> Result:
    given = ["--taxonomy-path", str(taxonomy), "--taxonomy-base", "empty", *map(str, arguments)]
    return CliRunner().invoke(generate, given, env=environment)


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (("--num-cpus", 4), "--num-cpus has no effect: one process sends all requests"),
        (("--batch-size", 0), "--batch-size has no effect: each prompt is a request of its own"),
        (("--num-instructions", 10), "--num-instructions has no effect: it is deprecated; use --sdg-scale-factor"),
        (("--model-family", "mixtral"), "--model-family has no effect: builtin:extractive is not a"),
        (("--gpus", 2), "--gpus has no effect: builtin:extractive is not a language model"),
        (("--tls-insecure",), "--tls-insecure has no effect: there is no --endpoint-url"),
        (("--server-ctx-size", 4096), "--server-ctx-size has no effect: builtin:extractive reads prompts of any"),
        (("--enable-serving-output", "-dt"), "--enable-serving-output has no effect with --detached"),
        ((*ENDPOINT, "--gpus", 2), "--gpus has no effect: with --endpoint-url"),
        ((*ENDPOINT, "--server-ctx-size", 9), "--server-ctx-size has no effect: with --endpoint-url"),
        ((*ENDPOINT, "--enable-serving-output"), "--enable-serving-output has no effect: with --endpoint-url"),
        (("--pipeline", "simple"), "labtop has no pipeline simple and uses full: it judges"),
        (("--pipeline", "llama"), "labtop has no pipeline llama and uses full: it asks about the documents"),
    ],
)
def test_generate_notes_options_without_effect(
    taxonomy: Path, jobs: list[dict[str, Any]], arguments: tuple[object, ...], note: str
) -> None:
    done = ask(taxonomy, *arguments)
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith(note) and len(done.stderr.splitlines()) == 1
    assert jobs[0]["options"]["pipeline"] == "full"


@pytest.mark.parametrize("option", ["--student-model-id", "--teacher-model-id"])
def test_generate_rejects_options(taxonomy: Path, jobs: list[dict[str, Any]], option: str) -> None:
    from core.errors import LabtopError

    error = ask(taxonomy, option, "2").exception
    assert isinstance(error, LabtopError) and error.message.startswith(f"{option}: ") and error.hint
    assert not jobs


def test_generate_prefers_built_in_pipeline_to_folder(
    taxonomy: Path, jobs: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    ask(taxonomy)
    assert [job["options"]["pipeline"] for job in jobs] == ["full"]
    error = ask(taxonomy, "--pipeline", "./full").exception
    assert error is not None and f"The folder {tmp_path / 'full'} holds no pipeline" in str(error)


def test_generate_prefers_folder_to_pipeline_name(
    taxonomy: Path, jobs: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "simple"
    own.mkdir()
    monkeypatch.chdir(tmp_path)
    error = ask(taxonomy, "--pipeline", "simple").exception
    assert error is not None and f"The folder {own} holds no pipeline" in str(error)


def test_generate_passes_secrets_in_environment(
    taxonomy: Path, jobs: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_certificates(tmp_path)
    monkeypatch.chdir(tmp_path)  # where the job does not run
    tls = (
        *ENDPOINT,
        "--tls-insecure",
        "--tls-ca-cert",
        files.authority.name,
        "--tls-client-cert",
        files.client,
        "--tls-client-key",
        files.locked_key,
    )
    for arguments, environment in (
        (("--api-key", "k-3141592653", "--tls-client-passwd", PASSWORD), {}),
        ((), {"LABTOP_API_KEY": "k-3141592653", "LABTOP_TLS_CLIENT_PASSWD": PASSWORD}),
    ):
        done = ask(taxonomy, *tls, *arguments, **environment)
        assert done.exit_code == 0 and not done.stderr, done.output
        job = jobs.pop()
        assert job.pop("environment") == {"LABTOP_API_KEY": "k-3141592653", "LABTOP_TLS_CLIENT_PASSWD": PASSWORD}
        assert "k-3141592653" not in repr(job) and PASSWORD not in repr(job)
        options = job["options"]
        assert (options["tls_client_cert"], options["tls_insecure"]) == (str(files.client), True)
        assert options["tls_ca_cert"] == str(files.authority)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--api-key", "two\nlines"), "API key contains a line break"),
        (("--tls-client-cert", "nowhere.pem"), "nowhere.pem cannot be used: No such file"),
        (("--tls-client-key", "key.pem"), "without its certificate"),
        (("--tls-ca-cert", "nowhere.pem"), "nowhere.pem cannot be used: No such file"),
    ],
)
def test_generate_checks_credentials_first(
    taxonomy: Path, jobs: list[dict[str, Any]], arguments: tuple[str, ...], sentence: str
) -> None:
    done = ask(taxonomy, *ENDPOINT, *arguments)
    assert done.exception is not None and sentence in str(done.exception)
    assert not jobs


def test_generate_display_options(taxonomy: Path, jobs: list[dict[str, Any]]) -> None:
    ask(taxonomy)
    ask(taxonomy, "--quiet", "--enable-serving-output")
    assert [job["display"] for job in jobs] == [Display(), Display(quiet=True, log="teacher.log")]


def test_generate_help_shows_key_variable() -> None:
    words = " ".join(CliRunner().invoke(generate, ["--help"]).output.split())
    assert (
        "Prefer the environment variable: other users of the machine see command lines. [env var: LABTOP_API_KEY]"
        in words
    )
    assert "--num-cpus" not in words and "--student-model-id" not in words


def test_generate_finds_a_served_teacher(taxonomy: Path, jobs: list[dict[str, Any]]) -> None:
    """A name that is no model here is looked up among labtop's servers; a wrong one names those."""
    record = ServerRegistry().add(os.getpid(), embedded_plan("/m/x"), Path("/log"), "serve")
    assert record is not None
    ServerRegistry().set_ready(record, "http://127.0.0.1:8055/v1", ["Big-Teacher"])
    found = ask(taxonomy, "--model", "big.teacher")
    assert "Using the server at http://127.0.0.1:8055/v1 as teacher." in found.output
    assert (jobs[0]["options"]["model"], jobs[0]["options"]["endpoint_url"]) == (
        "Big-Teacher",
        ["http://127.0.0.1:8055/v1"],
    )
    wrong = ask(taxonomy, "--model", "other").exception
    assert isinstance(wrong, LabtopError)
    assert (wrong.hint or "").startswith("labtop serves Big-Teacher at http://127.0.0.1:8055/v1.")
