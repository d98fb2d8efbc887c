"""`labtop model train --dry-run` and `labtop system estimate`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.jobs.processes import child_environment
from core.serving.argv import embedded_plan
from core.serving.registry import ServerRegistry
from core.training.earlier import record_speed
from core.training.prepare.tokenizer import load_tokenizer
from core.training.samples import load_dataset
from tests.core.training.conftest import ROWS, write_rows
from tui.cli.model.train import train
from tui.cli.system import system


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "data.jsonl", [*ROWS, ("Long?", "long " * 300)])


def ask(*arguments: object) -> Result:
    done = CliRunner().invoke(train, ["--dry-run", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done


def estimated(*arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(system, ["estimate", "--json", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_dry_run_reports_samples_steps_memory_and_disk(student: Path, data: Path, own_home: Path) -> None:
    done = ask(
        "--model-path",
        student,
        "--data-path",
        data,
        "--effective-batch-size",
        5,
        "--num-epochs",
        2,
        "--warmup-steps",
        25,
        "--json",
    )
    result = json.loads(done.stdout)
    (training,) = result["trainings"]
    assert (training["samples"], training["steps"], training["checkpoints"]) == (len(ROWS), 6, 2)
    assert training["dropped"] == {"longer than 128 tokens": 1}
    assert training["examples"] == {"longer than 128 tokens": f"line {len(ROWS) + 1} of {data}"}
    assert 0 < training["loss_tokens"] < training["tokens"]
    assert result["minutes"] is None
    assert result["memory"]["fits"]
    assert result["memory"]["token_budget"] >= result["memory"]["max_batch_len"]
    assert result["disk"]["needed"] > 2 * (student / "model.safetensors").stat().st_size
    assert [each["message"] for each in result["warnings"]] == [
        f"1 of 13 samples are dropped: 1 longer than 128 tokens. The first: line 13 of {data}.",
        "The warm-up of 25 steps is as long as the whole training of 6: the learning rate is never reached.",
    ]
    assert not (own_home / "labtop" / "state" / "jobs").exists()


def test_dry_run_counts_what_is_held_out(student: Path, data: Path) -> None:
    options = ("--model-path", student, "--data-path", data, "--effective-batch-size", 3, "--validation-split", 0.25)
    (training,) = json.loads(ask(*options, "--num-epochs", 2, "--json").stdout)["trainings"]
    assert (training["samples"], training["validation_samples"], training["steps"]) == (9, 3, 6)
    assert "9 (1 left out, 3 held out for validation)" in ask(*options).stdout


def test_training_reuses_what_the_dry_run_tokenised(student: Path, data: Path, tmp_path: Path) -> None:
    ask("--model-path", student, "--data-path", data, "--data-output-dir", tmp_path / "tokens")
    assert load_dataset([data], load_tokenizer(student), 128, folder=tmp_path / "tokens").reused


def test_dry_run_prints_both_phases(student: Path, data: Path) -> None:
    phases = ("--strategy", "lab-multiphase", "--phased-phase1-data", data, "--phased-phase2-data", data)
    done = ask("--model-path", student, *phases)
    assert "phase 1 steps:" in done.stdout
    assert "phase 2 steps:" in done.stdout
    assert "time: " in done.stdout
    assert "Warning: The effective batch size of 3840 is larger than the data set" in done.stderr


def test_more_than_ten_epochs_are_warned_about(student: Path, data: Path) -> None:
    done = ask("--model-path", student, "--data-path", data, "--num-epochs", 11)
    assert "11 epochs are more than the recommended 10" in done.stderr


def test_num_samples_is_save_samples(student: Path, data: Path) -> None:
    done = ask("--model-path", student, "--data-path", data, "--num-samples", 128, "--num-epochs", 1, "--json")
    assert json.loads(done.stdout)["trainings"][0]["checkpoints"] == 1
    done = ask(
        "--model-path", student, "--data-path", data, "--num-samples", 4, "--effective-batch-size", 4, "--json",
        "--num-epochs", 1,
    )  # fmt: skip
    assert json.loads(done.stdout)["trainings"][0]["checkpoints"] == 3


def test_student_that_the_documents_name_is_found(student: Path, data: Path, own_home: Path) -> None:
    folder = own_home / "labtop" / "cache" / "models" / "granite-7b-starter"
    shutil.copytree(student, folder)
    done = ask("--data-path", data, "--json")
    assert json.loads(done.stdout)["model"] == str(folder)
    assert "using granite-7b-starter" in done.stderr


def test_lab_model_as_base_is_warned_about(student: Path, data: Path, tmp_path: Path) -> None:
    shutil.copytree(student, tmp_path / "merlinite-7b-lab")
    assert "LAB model" in ask("--model-path", tmp_path / "merlinite-7b-lab", "--data-path", data).stderr
    assert "LAB model" not in ask("--model-path", student, "--data-path", data).stderr


def test_estimate_is_the_documents_formula() -> None:
    result = estimated("--samples", 10_000, "--gpus", 8, "--epochs", 10)
    assert result["minutes"] == 50.0
    assert result["steps"] == 1570
    assert (result["memory"], result["disk"], result["warnings"]) == (None, None, [])


def test_estimate_with_a_model_has_memory_and_disk(student: Path) -> None:
    result = estimated("--samples", 1000, "--gpus", 2, "--epochs", 3, "--model", student)
    assert result["memory"]["backend"] == "fsdp"
    assert result["memory"]["needed"] > result["memory"]["state"] > 0
    assert result["disk"]["checkpoints"] == 3
    text = CliRunner().invoke(system, ["estimate", "--samples", "1000", "--gpus", "2", "--model", str(student)])
    assert "20.0 minutes" in text.stdout
    assert "memory per GPU:" in text.stdout


def test_estimate_has_the_time_at_the_speed_of_an_earlier_training(student: Path) -> None:
    given = ("--samples", 1000, "--gpus", 2, "--epochs", 3, "--model", student)
    assert estimated(*given)["earlier"] is None
    options = TrainingOptions(device="cuda", nproc_per_node=2)
    record_speed(student, options, tokens=5000, seconds=100, steps=20)
    assert estimated(*given)["earlier"] is None  # the tokens of a sample are not known
    record_speed(student, options, tokens=5000, seconds=100, steps=20, samples=50)
    result = estimated(*given)
    assert result["minutes"] == 6.0  # the documents' formula
    assert result["earlier"]["minutes"] == 1000 * 100 * 3 / 50 / 60
    text = CliRunner().invoke(system, ["estimate", *map(str, given)]).stdout
    assert "earlier speed:" in text and "50 tokens/s in the last training of such a model here" in text
    assert "time at that speed:" in text


@pytest.mark.slow
@pytest.mark.torch
def test_speed_is_measured_with_the_real_model(student: Path, data: Path, tmp_path: Path) -> None:
    output = ("--ckpt-output-dir", tmp_path / "out")
    given = ("--model-path", student, "--data-path", data, "--effective-batch-size", 4, "--num-epochs", 2, *output)
    result = json.loads(ask(*given, "--measure", "--json").stdout)
    measured, (training,) = result["measured"], result["trainings"]
    assert measured["tokens_per_second"] > 0
    assert measured["peak_memory"] > 0
    assert training["measured_minutes"] == pytest.approx(training["tokens"] * 2 / measured["tokens_per_second"] / 60)
    assert measured["minutes"] == training["measured_minutes"]
    record_speed(student, TrainingOptions(), tokens=5000, seconds=100, steps=20)
    text = ask(*given, "--measure").stdout
    assert "measured time:" in text and "earlier speed" not in text
    assert not (tmp_path / "out").exists()
    refused = CliRunner().invoke(train, ["--measure", "--model-path", str(student), "--data-path", str(data)])
    assert "--measure requires --dry-run" in refused.output


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.parametrize("strategy", [(), ("--strategy", "lab-skills-only")])
def test_adapter_layers_not_in_the_model_are_refused(student: Path, data: Path, strategy: tuple[str, ...]) -> None:
    given = ["--model-path", str(student), "--data-path", str(data), "--lora-rank", "4", *strategy]
    if strategy:
        given[2:4] = ["--phased-phase2-data", str(data)]
    wrong = ["--lora-target-modules", "q_proj", "--lora-target-modules", "query"]
    error = CliRunner().invoke(train, ["--dry-run", *given, *wrong]).exception
    assert isinstance(error, LabtopError)
    assert "no linear layer query" in error.message
    assert "down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj" in (error.hint or "")
    ask(*given, "--lora-target-modules", "q_proj,v_proj")


def test_time_follows_the_speed_of_an_earlier_training(student: Path, data: Path) -> None:
    given = ("--model-path", student, "--data-path", data, "--num-epochs", 2)
    assert json.loads(ask(*given, "--json").stdout)["earlier"] is None
    assert "time: not known" in " ".join(ask(*given).stdout.split())
    record_speed(student, TrainingOptions(), tokens=5000, seconds=100, steps=20)
    result = json.loads(ask(*given, "--json").stdout)
    (training,) = result["trainings"]
    assert (result["earlier"]["tokens_per_second"], result["earlier"]["steps"]) == (50, 20)
    assert result["earlier"]["minutes"] == pytest.approx(training["tokens"] * 2 / 50 / 60)
    text = " ".join(ask(*given).stdout.split())
    assert "earlier speed: 50 tokens/s in the last training of such a model here (20 steps, until " in text
    assert "time at that speed:" in text
    assert "--measure" not in text


def test_profiles_of_the_menu_have_named_defaults(student: Path, data: Path) -> None:
    result = json.loads(ask("--model-path", student, "--data-path", data, "--json").stdout)
    profiles = {each["name"]: each for each in result["profiles"]}
    assert len(profiles) == 6
    small = profiles["A100_H100_x2"]
    assert (small["processes"], small["effective_batch_size"], small["max_batch_len"]) == (2, 128, 60000)
    assert (small["backend"], small["offload"]) == ("deepspeed", True)
    assert small["needed"] > 2**30
    assert (profiles["A100_H100_x8"]["backend"], profiles["A100_H100_x8"]["offload"]) == ("fsdp", False)


def test_dry_run_has_criteria_and_replay_data(student: Path, data: Path, tmp_path: Path) -> None:
    own = write_rows(tmp_path / "own.jsonl", [(f"What is {n}?", f"It is {n}.") for n in range(30)])
    phases = ("--strategy", "lab-multiphase", "--phased-phase1-data", data, "--phased-phase2-data", data)
    done = ask("--model-path", student, *phases, "--replay-data", own, "--replay-share", 0.2, "--json")
    first, second = json.loads(done.stdout)["trainings"]
    assert (first["criterion"], first["replay_samples"], first["samples"]) == ("newest", 3, len(ROWS) + 3)
    assert "mmlu_branch is not used" in second["reason"]
    missing = ["--model-path", str(student), "--data-path", str(data), "--replay-data", str(tmp_path / "none")]
    error = CliRunner().invoke(train, missing).exception
    assert isinstance(error, LabtopError)
    assert "There is no file" in error.message


def test_servers_in_the_way_are_reported(student: Path, data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=child_environment()) as process:
        record = ServerRegistry().add(process.pid, embedded_plan("/m/granite"), Path("/log"), "serve")
        assert record is not None
        ServerRegistry().set_ready(replace(record, parent_ticks=1), "http://127.0.0.1:8000/v1", ["granite"])
        done = ask("--model-path", student, "--data-path", data, "--json")
        process.kill()
    (server,) = json.loads(done.stdout)["servers"]
    assert server["stop"] == "labtop model stop 8000"
    assert "granite" in server["sentence"]
