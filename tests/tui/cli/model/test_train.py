"""`labtop model train`: what is checked before a job starts, and the job that is asked for."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from core.errors import LabtopError
from core.evaluation.task_folders import mmlu_folder
from core.training.phases.journal import JOURNAL_FILE, EvalRecord, ScoreRecord, TrainingJournal, TrainRecord
from tests.core.evaluation.test_tasks import ROW, write_task
from tui.cli.jobs.results import show_result
from tui.cli.model.train import train


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The jobs that the command asks for, which are not started here."""
    jobs: list[dict[str, Any]] = []
    monkeypatch.setattr("tui.cli.jobs.follow.run_job", lambda **job: jobs.append(job))
    return jobs


@pytest.fixture
def home(own_home: Path) -> Path:
    """A student by the name of Tiny-1.0, and the data of two runs."""
    home = own_home / "labtop"
    student = home / "cache" / "models" / "Tiny-1.0"
    student.mkdir(parents=True)
    (student / "config.json").write_text('{"model_type": "llama"}')
    (student / "tokenizer.json").write_text("{}")
    (student / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    for run in ("2025-01-01T10_00_00", "2025-02-01T09_00_00"):
        folder = home / "data" / "datasets" / run[:10]
        write_task(folder / f"node_datasets_{run}", [ROW], run[:7])
        for subject in ("knowledge", "skills"):
            (folder / f"{subject}_train_msgs_{run}.jsonl").write_text("{}\n")
    older = home / "data" / "datasets" / "knowledge_train_msgs_merlinite-7b_2024-08-12T20_54_21.jsonl"
    older.write_text("{}\n")
    (older.parent / "skills_train_msgs_notes.jsonl").write_text("{}\n")
    return home


def ask(*arguments: object) -> click.testing.Result:
    return CliRunner().invoke(train, list(map(str, arguments)))


def test_train_one_phase_uses_newest_data(asked: list[dict[str, Any]], home: Path) -> None:
    done = ask("--model-path", "tiny-1-0", "--num-epochs", 2)
    assert done.exit_code == 0, done.output
    options = asked[0]["options"]["train"]
    assert options["model_path"] == str(home / "cache" / "models" / "Tiny-1.0")
    newest = home / "data" / "datasets" / "2025-02-01"
    assert options["data_path"] == [
        str(newest / f"{subject}_train_msgs_2025-02-01T09_00_00.jsonl") for subject in ("knowledge", "skills")
    ]
    assert (options["num_epochs"], options["effective_batch_size"], options["learning_rate"]) == (2, 64, 2e-5)
    json.dumps(asked[0]["options"])


def test_train_without_tensorboard_refuses_its_folder(
    asked: list[dict[str, Any]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--model-path", "tiny-1-0", "--tensorboard-log-dir", "board")
    assert ask(*arguments).exit_code == 0
    assert asked.pop()["options"]["train"]["tensorboard_log_dir"] == str(Path.cwd() / "board")
    monkeypatch.setattr("core.commands.train.find_spec", lambda _name: None)
    error = ask(*arguments).exception
    assert isinstance(error, LabtopError) and error.code == "no-tensorboard"
    assert asked == []


def test_train_two_phases_use_newest_tasks(asked: list[dict[str, Any]], home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("{}\n")
    done = ask(
        "--model-name", home / "cache" / "models" / "Tiny-1.0", "--strategy", "lab-multiphase", "-y",
        "--phased-phase1-data", tmp_path / "mine.jsonl", "--phased-phase2-num-epochs", 3,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    phases = asked[0]["options"]["phases"]
    assert phases["base_dir"] == str(home / "data" / "phased")
    assert phases["phase1"]["training"]["data_path"] == [str(tmp_path / "mine.jsonl")]
    assert phases["phase2"]["training"]["num_epochs"] == 3
    (task,) = phases["phase2"]["evaluation"]["tasks"]
    assert Path(task).name == "2025-02_task.yaml"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--model-path", "unheard-of"), "no model unheard-of"),
        ((), "No student model given"),
        (("--model-path", "Tiny-1.0", "--device", "cuda"), "needs 1 GPU, and this machine has none"),
        (
            ("--model-path", "Tiny-1.0", "--nproc-per-node", "2", "--distributed-backend", "none"),
            "is one process, not 2",
        ),
        (("--model-path", "Tiny-1.0", "--data-path", "/nowhere"), "data in /nowhere"),
        (("--model-path", "Tiny-1.0", "--strategy", "lab-multiphase", "--phased-phase2-data", "/no"), "does not exist"),
        (("--model-path", "Tiny-1.0", "--strategy", "lab-multiphase", "--tasks-dir", "/no"), "There is no folder /no"),
    ],
)
def test_train_bad_input_starts_no_job(
    asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...], words: str
) -> None:
    error = ask(*arguments).exception
    assert isinstance(error, LabtopError)
    assert words in error.message
    assert asked == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--strategy", "lab-multiphase", "--data-path", "some.jsonl"), "--phased-phase1-data"),
        (("--strategy", "lab-multiphase", "--num-epochs", "2"), "--phased-phase2-num-epochs"),
        (("--phased-phase1-num-epochs", "2"), "requires --strategy lab-multiphase"),
        (("--tasks-dir", "tasks"), "requires --strategy lab-multiphase"),
        (("--validation-frequency", "5"), "requires --validation-split"),
        (("--replay-share", "0.5"), "requires --replay-data"),
    ],
)
def test_train_rejects_unused_option(
    asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...], words: str
) -> None:
    failed = ask("--model-path", "Tiny-1.0", *arguments)
    assert failed.exit_code == 2
    assert words in " ".join(failed.output.split())
    assert asked == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fsdp-cpu-offload-optimizer",), "it is for fsdp, and the back end is none"),
        (("--fsdp-sharding-strategy", "FULL_SHARD", "--gpus", "2"), "it is for fsdp, and the back end is ddp"),
        (("--deepspeed-zero-stage", "3"), "it is for deepspeed, and the back end is none"),
        (("--rdzv-endpoint", "a:1"), "on one machine"),
        (("--rdzv-id", "7"), "on one machine"),
        (("--fsdp-sharding-strategy", "FULL_SHARD", "--distributed-backend", "fsdp"), None),
    ],
)
def test_option_that_the_back_end_does_not_use_is_explained(
    asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...], words: str | None
) -> None:
    done = ask("--model-path", "Tiny-1.0", *arguments)
    assert done.exit_code == 0, done.output
    said = " ".join(done.stderr.split())
    assert f"{arguments[0]} has no effect" in said if words else "has no effect" not in said
    assert words is None or words in said
    assert len(asked) == 1


def test_train_gpu_profile_hints_at_cpu(
    asked: list[dict[str, Any]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABTOP_TRAIN_PROFILE", "A100_H100_x8.yaml")
    error = ask("--model-path", "Tiny-1.0").exception
    assert isinstance(error, LabtopError) and error.hint is not None
    assert "A100_H100_x8.yaml sets the device cuda" in error.hint and "--device cpu" in error.hint
    for arguments, variables in ((("--device", "cpu"), {}), ((), {"LABTOP_TRAIN_DEVICE": "cpu"})):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        done = ask("--model-path", "Tiny-1.0", *arguments)
        assert done.exit_code == 0, done.output
        assert "profile A100_H100_x8.yaml, which is for cuda, is not used: nproc_per_node 8" in done.output
        options = asked.pop()["options"]["train"]
        assert (options["max_batch_len"], options["effective_batch_size"], options["num_epochs"]) == (5000, 64, 10)


@pytest.mark.parametrize("arguments", [("--num-epochs", "0"), ("--learning-rate", "0"), ("--seed", "-1")])
def test_train_wrong_usage(asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...]) -> None:
    assert ask("--model-path", "Tiny-1.0", *arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--pipeline", "accelerated"),
        ("--is-padding-free", "true"),
        ("--skip-preprocessing",),
        ("--optimize-memory",),
        ("--disable-accelerate-full-state-at-epoch",),
        ("--enable-serving-output",),
        ("--local",),
        ("-sq",),
    ],
)
def test_option_of_instructlab_without_effect_is_explained(
    asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...]
) -> None:
    done = ask("--model-path", "tiny-1.0", *arguments)
    assert done.exit_code == 0, done.output
    assert f"{arguments[0]} has no effect: " in done.stderr
    assert len(asked) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--iters", "100"),
        ("--gguf-model-path", "x.gguf"),
        ("--tokenizer-dir", "x"),
        ("--model-id", "x"),
        ("--training-journal", "x.yaml"),
    ],
)
def test_option_of_instructlab_that_cannot_be_used_is_refused(
    asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...]
) -> None:
    error = ask("--model-path", "tiny-1.0", *arguments).exception
    assert isinstance(error, LabtopError)
    assert error.message.startswith(f"{arguments[0]}: ")
    assert error.hint
    assert asked == []


def test_other_names_of_options_are_mapped(asked: list[dict[str, Any]], home: Path) -> None:
    data = home / "data" / "datasets" / "2025-01-01"
    given = ("--input-dir", data, "--gpus", 2, "--num-samples", 4999, "--data-output-dir", home / "tokens")
    assert ask("--model-path", "tiny-1.0", *given).exit_code == 0
    options = asked[0]["options"]["train"]
    assert options["data_path"][0] == str(data / "knowledge_train_msgs_2025-01-01T10_00_00.jsonl")
    assert (options["nproc_per_node"], options["save_samples"]) == (2, 4999)
    assert options["data_output_dir"] == str(home / "tokens")


def test_options_of_adapters_are_passed_on(asked: list[dict[str, Any]], home: Path) -> None:
    modules = ("--lora-target-modules", "q_proj", "--lora-target-modules", "v_proj")
    done = ask("--model-path", "tiny-1.0", "--lora-rank", 8, "--lora-alpha", 16, "--lora-dropout", 0, *modules)
    assert done.exit_code == 0, done.output
    options = asked[0]["options"]["train"]
    assert (options["lora_rank"], options["lora_alpha"], options["lora_dropout"]) == (8, 16, 0.0)
    assert options["lora_target_modules"] == ["q_proj", "v_proj"]


@pytest.mark.parametrize("arguments", [("--lora-alpha", "16"), ("--lora-quantize-dtype", "nf4"), ("--4-bit-quant",)])
def test_options_of_adapters_require_a_rank(
    asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...]
) -> None:
    refused = ask("--model-path", "tiny-1.0", *arguments)
    assert (refused.exit_code, asked) == (2, [])
    assert f"{arguments[0]} requires --lora-rank." in refused.output


def test_four_bit_quant_is_a_quantize_dtype(
    asked: list[dict[str, Any]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.adapters.find_spec", lambda name: name)
    done = ask("--model-path", "tiny-1.0", "--lora-rank", 8, "--4-bit-quant")
    assert "--4-bit-quant is --lora-quantize-dtype nf4" in done.stderr
    assert asked[0]["options"]["train"]["lora_quantize_dtype"] == "nf4"


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("false", False)])
def test_boolean_of_instructlab_takes_a_value(
    asked: list[dict[str, Any]], home: Path, value: str, expected: bool
) -> None:
    done = ask("--model-path", "tiny-1.0", "--fsdp-cpu-offload-optimizer", value, "--num-epochs", 2)
    assert done.exit_code == 0, done.output
    assert asked[0]["options"]["train"]["fsdp_cpu_offload_optimizer"] is expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--nnodes", "2"), "2 nodes need --rdzv-endpoint"),
        (("--node-rank", "1"), "--node-rank 1 is not among 1 node"),
        (("--nnodes", "slurm"), "reads the variables that srun sets"),
        (("--nproc-per-node", "gpu"), "it has none"),
        (("--nnodes", "2", "--rdzv-endpoint", "gpu9.invalid:29500"), "gpu9.invalid of --rdzv-endpoint is not known on"),
        (("--nnodes", "2", "--rdzv-endpoint", f"{'x' * 70}:29500"), "of --rdzv-endpoint is not known on"),
    ],
)
def test_nodes_that_cannot_meet_start_no_job(
    asked: list[dict[str, Any]], home: Path, arguments: tuple[str, ...], words: str
) -> None:
    error = ask("--model-path", "tiny-1.0", *arguments).exception
    assert isinstance(error, LabtopError)
    assert words in error.message
    assert asked == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_known_host_of_a_rendezvous_starts_the_job(asked: list[dict[str, Any]], home: Path, host: str) -> None:
    done = ask("--model-path", "tiny-1.0", "--nnodes", 2, "--rdzv-endpoint", f"{host}:29500")
    assert done.exit_code == 0, done.output
    assert asked[0]["options"]["train"]["rdzv_endpoint"] == f"{host}:29500"


def test_dry_run_needs_no_other_node(home: Path) -> None:
    planned = ask("--model-path", "tiny-1.0", "--nnodes", 2, "--rdzv-endpoint", "gpu9.invalid:29500", "--dry-run")
    assert "--rdzv-endpoint is not known" not in f"{planned.exception}"


def test_documented_srun_line_takes_its_place_from_slurm(
    asked: list[dict[str, Any]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of docs/training-nodes.md, on processors and with the student and the data of this test."""
    page = (Path(__file__).parents[4] / "docs" / "training-nodes.md").read_text().replace("\\\n", " ")
    (line,) = re.findall(r"^\$ srun .* labtop model train (--nnodes slurm .*)$", page, re.M)
    values = {"cuda": "cpu", "gpu": "1", "granite-7b-starter": "tiny-1.0", "/shared/checkpoints": str(home / "out")}
    values["data.jsonl"] = str(next(home.glob("data/datasets/knowledge_*.jsonl")))
    words = [values.get(word, word) for word in line.split()]
    step = {"NUM_NODES": "2", "NODELIST": "localhost,gpu[07-08]", "TASKS_PER_NODE": "1(x2)"}
    for name, value in step.items():
        monkeypatch.setenv(f"SLURM_STEP_{name}", value)
    monkeypatch.setenv("SLURM_NODEID", "0")
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    done = ask(*words)
    assert done.exit_code == 0, done.output
    options = asked[0]["options"]["train"]
    names = ("nnodes", "node_rank", "rdzv_endpoint", "rdzv_id", "nproc_per_node", "distributed_backend")
    assert [options[name] for name in names] == [2, 0, "localhost:29500", "4711", 1, None]
    assert Path(options["ckpt_output_dir"]) == home / "out"


def test_other_nodes_have_no_detached_job(asked: list[dict[str, Any]], home: Path) -> None:
    place = ("--nnodes", 2, "--node-rank", 1, "--rdzv-endpoint", "node0:29500")
    failed = ask("--model-path", "tiny-1.0", "--detached", *place)
    assert failed.exit_code == 2
    assert "--detached is for node rank 0" in failed.output


def test_skills_only_has_no_first_phase(asked: list[dict[str, Any]], home: Path) -> None:
    arguments = ("--model-path", "tiny-1.0", "--strategy", "lab-skills-only")
    assert ask(*arguments).exit_code == 0
    assert asked[0]["title"] == "Train Tiny-1.0 on skills"
    phases = asked[0]["options"]["phases"]
    assert phases["phase1"] is None
    assert "skills_train_msgs_2025-02-01" in phases["phase2"]["training"]["data_path"][0]
    refused = ask(*arguments, "--phased-phase1-num-epochs", 3)
    assert "--phased-phase1-num-epochs is for --strategy lab-multiphase" in refused.output


def test_journal_of_a_training_is_shown(home: Path) -> None:
    journal = TrainingJournal.new()
    journal.set_train(1, TrainRecord("2026-01-01T00:00:00", "2026-01-01T01:00:00", "/checkpoints"))
    score = ScoreRecord("/checkpoints/samples_8", 0.75, stderr=0.1, n=40)
    journal.set_evaluation(1, EvalRecord("2026-01-01T01:00:00", results=[score], best_checkpoint=score))
    journal.current_phase = "train2"
    journal.save(home / "data" / "phased" / JOURNAL_FILE)
    shown = ask("--journal", "show").stdout
    assert "next step:     train phase 2" in shown
    assert "0.7500 ± 0.1000, 40 questions: /checkpoints/samples_8 (best)" in shown
    assert json.loads(ask("--journal", "show", "--json").stdout)["current_phase"] == "train2"
    missing = ask("--journal", "show", "--phased-base-dir", home / "nowhere").exception
    assert isinstance(missing, LabtopError)
    assert "no training journal" in missing.message


def test_cache_of_phases_is_backed_up_when_asked(asked: list[dict[str, Any]], home: Path) -> None:
    base = home / "data" / "phased"
    TrainingJournal.new().save(base / JOURNAL_FILE)
    arguments = ("--model-path", "tiny-1.0", "--strategy", "lab-multiphase", "--force-clear-phased-cache")
    assert ask(*arguments).exit_code == 0
    assert not (base / JOURNAL_FILE).exists()
    assert (base / f"{JOURNAL_FILE}.earlier-1").exists()


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("mt_bench", "The judge prometheus-8x7b-v2.0 is not on this machine"),
        ("mmlu", "cannot be chosen by mmlu: the MMLU data set is not on this machine"),
        ("asked", "cannot be chosen by asked: only 0 questions"),
    ],
)
def test_criterion_that_cannot_be_used_is_refused(
    asked: list[dict[str, Any]], home: Path, criterion: str, words: str
) -> None:
    error = ask(
        "--model-path", "tiny-1.0", "--strategy", "lab-multiphase", "--phase2-criterion", criterion
    ).exception  # fmt: skip
    assert isinstance(error, LabtopError)
    assert words in error.message
    assert asked == []


def test_judge_of_a_phase_is_found_before_training(asked: list[dict[str, Any]], home: Path) -> None:
    phases = ("--model-path", "tiny-1.0", "--strategy", "lab-multiphase", "--phase2-criterion", "mt_bench")
    assert ask(*phases, "--phased-mt-bench-judge", "builtin:extractive").exit_code == 0
    chosen = asked[0]["options"]["phases"]["phase2"]["evaluation"]
    assert (chosen["criterion"], chosen["judge"]["judge_model"]) == ("mt_bench", "builtin:extractive")
    asked.clear()
    assert ask(*phases[:4], "--phased-mt-bench-judge", "builtin:extractive").exit_code == 0
    assert asked[0]["options"]["phases"]["phase2"]["evaluation"]["judge"] is not None
    missing = ask(*phases[:4], "--phased-mt-bench-judge", "/models/prometheus").exception
    assert isinstance(missing, LabtopError)
    assert "The judge prometheus is not on this machine" in missing.message
    refused = ask(*phases, "--judge-endpoint-url", "http://127.0.0.1:9/v1").exception
    assert isinstance(refused, LabtopError)
    assert "No server answers" in refused.message


def test_imported_mmlu_chooses_in_phase_1(asked: list[dict[str, Any]], home: Path) -> None:
    write_task(mmlu_folder(), [ROW], "mmlu_anatomy")
    assert ask("--model-path", "tiny-1.0", "--strategy", "lab-multiphase").exit_code == 0
    chosen = asked[0]["options"]["phases"]["phase1"]["evaluation"]
    assert [Path(file).name for file in chosen["mmlu"]] == ["mmlu_anatomy_task.yaml"]
    assert "prometheus-8x7b-v2.0 is not on this machine" in chosen["no_judge"]


def test_questions_for_the_criterion_asked(asked: list[dict[str, Any]], home: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text("plain:\n- {question: How many?, answer: There are eleven., terms: eleven}\n")
    phases = ("--strategy", "lab-multiphase", "--phase1-criterion", "asked", "--asked-questions", file)
    done = ask("--model-path", "tiny-1.0", *phases)
    assert done.exit_code == 0, done.output
    chosen = asked[0]["options"]["phases"]["phase1"]["evaluation"]
    assert (chosen["criterion"], chosen["questions"]) == ("asked", [str(file)])
    assert "requires --strategy" in ask("--model-path", "tiny-1.0", "--phase1-criterion", "newest").output


def test_result_of_a_training_in_phases(capsys: pytest.CaptureFixture[str]) -> None:
    """Printed in the same way by the command, `process attach` and `process resume`."""
    rows = [
        {"path": f"/out/samples_{n}", "score": score, "stderr": 0.04, "n": 40} for n, score in ((8, 0.72), (16, 0.71))
    ]
    phase = {
        "phase": 2, "best": "/out/samples_16", "criterion": "mmlu_branch", "reason": "", "checkpoints": rows,
        "tied": [row["path"] for row in rows], "note": "samples_8 and samples_16 are tied.",
    }  # fmt: skip
    result = {"phases": [phase], "journal": "/out/journalfile.yaml", **rows[1], "best": "/out/samples_16"}
    show_result("train", result, {})
    assert capsys.readouterr().out.splitlines() == [
        "Phase 2: samples_16 by mmlu_branch, 0.7100 ± 0.0400, 40 questions",
        "  samples_8 and samples_16 are tied.",
        "Training finished! Best final checkpoint: samples_16 with score: 0.7100",
        "Journal: /out/journalfile.yaml",
        "Serve it with: labtop model serve --model-path /out/samples_16",
    ]


@pytest.mark.parametrize(
    ("inside", "options"),
    [
        ("hf_format/samples_8", ("--ckpt-output-dir",)),
        (
            "phase1/checkpoints/hf_format/samples_8",
            ("--strategy", "lab-multiphase", "--force-clear-phased-cache", "--phased-base-dir"),
        ),
        ("", ("--strategy", "lab-multiphase", "--force-clear-phased-cache", "--phased-base-dir")),
    ],
)
def test_model_in_the_output_folder_is_refused(
    home: Path, tmp_path: Path, asked: list[dict[str, Any]], inside: str, options: tuple[str, ...]
) -> None:
    model = tmp_path / "out" / inside
    shutil.copytree(home / "cache" / "models" / "Tiny-1.0", model)
    TrainingJournal.new().save(tmp_path / "out" / JOURNAL_FILE)
    found = ask("--device", "cpu", "--model-path", model, *options, tmp_path / "out")
    assert isinstance(found.exception, LabtopError) and found.exception.code == "model-in-output"
    assert (model / "config.json").exists() and not asked
