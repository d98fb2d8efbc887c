from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import LabtopError
from core.files import locked_folder
from core.training.loss_worker import measure
from core.training.phases.checkpoints import find_checkpoints, start_over
from core.training.phases.machine import run_phases
from core.training.phases.options import CheckpointEvaluation, PhaseOptions, PhasesOptions
from core.training.phases.stages import TRAIN
from core.training.replay import ReplayOptions
from core.training.worker import train
from tests.core.training.conftest import EventRecorder, write_rows

pytestmark = [pytest.mark.slow, pytest.mark.torch]

SCORES = {"phase1/samples_12": 0.4, "phase1/samples_24": 0.7, "phase1/samples_36": 0.6, "phase2/samples_12": 0.8}


class Context:
    """A job whose training is real and whose evaluation has its scores from a table. Can be stopped before a stage."""

    def __init__(self, stop_before: str | None = None) -> None:
        self.recorder = EventRecorder()
        self.reporter = self.recorder.reporter
        self.stop_before = stop_before
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def work(
        self, target: str, arguments: Mapping[str, Any], stage: str | None = None, *, launcher: object = None
    ) -> dict[str, Any]:
        assert stage is not None
        if stage == self.stop_before:
            raise KeyboardInterrupt
        arguments = json.loads(json.dumps(arguments))
        self.calls.append((stage, dict(arguments)))
        if target == TRAIN:
            return train(dict(arguments), self.reporter.at(stage))
        if target == "core.training.loss_worker:measure":
            return measure(dict(arguments), self.reporter.at(stage))
        assert target == "core.evaluation.worker:evaluate"
        rows = [
            {"model": n, "score": SCORES.get(n, 0.5), "stderr": 0.02, "n": 25, "file": f"/results/{n}.json"}
            for n in arguments["names"]
        ]
        return {"results": rows}

    @property
    def stages(self) -> list[str]:
        return [stage for stage, _ in self.calls]


@pytest.fixture
def options(arguments: dict[str, Any], tmp_path: Path) -> PhasesOptions:
    training = {name: value for name, value in arguments.items() if name not in ("model_path", "ckpt_output_dir")}
    evaluation = {"tasks": ["/tasks/a.yaml"]}
    return PhasesOptions(
        model_path=arguments["model_path"],
        base_dir=str(tmp_path / "phased"),
        phase1=PhaseOptions(training=training, evaluation=evaluation),
        phase2=PhaseOptions(training={**training, "num_epochs": 2}, evaluation=evaluation),
    )


ALL = ["train.phase1", "evaluate.phase1", "train.phase2", "evaluate.phase2"]


def test_best_of_phase_1_is_trained_in_phase_2(options: PhasesOptions) -> None:
    context = Context()
    result = run_phases(context, options)
    base = Path(options.base_dir)
    assert context.stages == ALL
    best_1 = base / "phase1" / "checkpoints" / "hf_format" / "samples_24"
    assert context.calls[2][1]["model_path"] == str(best_1)
    best_2 = base / "phase2" / "checkpoints" / "hf_format" / "samples_12"
    assert (result["best"], result["score"], result["stderr"], result["n"]) == (str(best_2), 0.8, 0.02, 25)
    assert [row["score"] for row in result["phases"][0]["checkpoints"]] == [0.4, 0.7, 0.6]
    files = [Path(row["file"]).name for row in result["phases"][0]["checkpoints"]]
    assert files == ["samples_12.json", "samples_24.json", "samples_36.json"]
    assert [(row["samples"], row["scores"]) for row in result["checkpoints"][:3]] == [
        (number, {"mmlu_branch": score}) for number, score in ((12, 0.4), (24, 0.7), (36, 0.6))
    ]
    journal = yaml.safe_load((base / "journalfile.yaml").read_text())
    assert journal["current_phase"] == "done"
    assert journal["final_output"]["checkpoint"] == str(best_2)
    assert journal["eval_1"]["finished_checkpoints"] == journal["eval_1"]["checkpoints"]
    assert context.recorder.of("stage_started")[0]["title"] == "Train phase 1: knowledge"
    totals = [progress["total"] for progress in context.recorder.of("progress") if progress["unit"] == "samples"]
    assert [known["amount"] for known in context.recorder.of("amount")] == [totals[0], totals[-1]] == [36, 24]


def test_options_round_trip_as_json(options: PhasesOptions) -> None:
    assert PhasesOptions.from_data(json.loads(json.dumps(options.to_data()))) == options


@pytest.mark.parametrize("stage", ALL)
def test_stopped_run_resumes_at_the_same_step(options: PhasesOptions, stage: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_phases(Context(stop_before=stage), options)
    context = Context()
    result = run_phases(context, options)
    assert context.stages == ALL[ALL.index(stage) :]
    assert result["score"] == 0.8


def test_finished_steps_are_not_repeated(options: PhasesOptions) -> None:
    first = run_phases(Context(), options)
    context = Context()
    assert run_phases(context, options) == first
    assert context.stages == []


def test_start_over_backs_up_the_old_training(options: PhasesOptions) -> None:
    run_phases(Context(), options)
    context = Context()
    start_over(Path(options.base_dir))
    run_phases(context, options)
    assert context.stages == ALL
    assert (Path(options.base_dir) / "phase1.earlier-1" / "checkpoints").is_dir()


def test_other_data_starts_a_new_journal(options: PhasesOptions, data: Path) -> None:
    run_phases(Context(), options)
    data.write_text(data.read_text() + data.read_text().splitlines()[0] + "\n")
    context = Context()
    run_phases(context, options)
    assert context.stages == ALL
    assert "other data or settings" in context.recorder.notes


def damage(checkpoint: Path) -> None:
    weights = checkpoint / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")


@pytest.mark.parametrize("lose", [shutil.rmtree, damage])
def test_lost_checkpoint_is_ignored_and_a_missing_phase_trained_again(
    options: PhasesOptions, lose: Callable[[Path], object]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_phases(Context(stop_before="train.phase2"), options)
    checkpoints = Path(options.base_dir) / "phase1" / "checkpoints"
    best = checkpoints / "hf_format" / "samples_24"
    lose(best)
    context = Context(stop_before="evaluate.phase2")
    with pytest.raises(KeyboardInterrupt):
        run_phases(context, options)
    assert context.stages == ["train.phase2"]
    assert context.calls[0][1]["model_path"].endswith("samples_36")
    assert "1 evaluated checkpoints of phase 1 are missing" in context.recorder.notes
    is_backed_up = (checkpoints / "hf_format" / "samples_24.earlier-1").is_dir()
    assert is_backed_up == (f"The checkpoint {best} is damaged: model.safetensors" in context.recorder.notes)
    assert is_backed_up == (lose is damage)
    shutil.rmtree(checkpoints)
    context = Context()
    run_phases(context, options)
    assert context.stages == ALL
    assert "missing; it is trained again" in context.recorder.notes


OLDER = """\
run_id: 6a2d7dd6-9c0f-4f3e-9d0c-6cf6d4a3ad5e
started_at_utc: '2024-08-13T20:00:00+00:00'
ended_at_utc: null
current_phase: train2
train_1:
  started_at_utc: '2024-08-13T20:00:00+00:00'
  ended_at_utc: '2024-08-13T20:59:00+00:00'
  checkpoints: /home/other/.local/share/instructlab/phased/phase1/checkpoints
eval_1: {evaluation}
train_2: null
eval_2: null
final_output: null
"""

EVALUATED = """
  started_at_utc: '2024-08-13T21:00:00+00:00'
  ended_at_utc: '2024-08-13T21:10:00+00:00'
  checkpoints: [/home/other/phased/phase1/checkpoints/hf_format/samples_10]
  finished_checkpoints: [/home/other/phased/phase1/checkpoints/hf_format/samples_10]
  results:
  - {checkpoint: /home/other/phased/phase1/checkpoints/hf_format/samples_10, ended_at_utc: null, score: 0.47}
  - {checkpoint: /home/other/phased/phase1/checkpoints/hf_format/samples_20, ended_at_utc: null, score: 0.45}
  best_checkpoint: {checkpoint: /home/other/phased/phase1/checkpoints/hf_format/samples_10, score: 0.47}
"""


@pytest.mark.parametrize(("evaluation", "best"), [(EVALUATED, "checkpoint_10"), ("null", "checkpoint_20")])
def test_training_of_instructlab_is_continued(options: PhasesOptions, evaluation: str, best: str) -> None:
    base = Path(options.base_dir)
    for number in (10, 20):  # moved to another machine, with the older spelling of the names
        shutil.copytree(options.model_path, base / f"phase1/checkpoints/hf_format/checkpoint_{number}")
    (base / "journalfile.yaml").write_text(OLDER.replace("{evaluation}", evaluation))
    context = Context()
    result = run_phases(context, options)
    assert context.stages == ALL[2:]
    assert Path(result["phases"][0]["best"]).name == Path(context.calls[0][1]["model_path"]).name == best
    assert result["score"] == 0.8


def test_tied_checkpoints_are_called_tied(options: PhasesOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCORES, "phase1/samples_36", 0.69)
    context = Context()
    first = run_phases(context, options)["phases"][0]
    folder = Path(options.base_dir) / "phase1" / "checkpoints" / "hf_format"
    assert first["best"] == str(folder / "samples_36")
    assert first["tied"] == [str(folder / "samples_24"), str(folder / "samples_36")]
    assert first["note"] in context.recorder.notes
    journal = yaml.safe_load((Path(options.base_dir) / "journalfile.yaml").read_text())
    assert journal["eval_1"]["tied"] == first["tied"]
    chosen = {"criterion": "mmlu_branch", "best": first["best"], "score": 0.69, "tied": first["tied"]}
    begun: dict[str, Any] = {"criterion": "mmlu_branch", "best": None, "score": None, "tied": []}
    assert context.recorder.of("choice")[:2] == [begun, chosen]
    again = Context()
    run_phases(again, options)
    assert again.recorder.of("choice")[0] == chosen
    assert (journal["eval_1"]["criterion"], journal["eval_1"]["best_checkpoint"]["stderr"]) == ("mmlu_branch", 0.02)


def with_replay(options: PhasesOptions, tmp_path: Path) -> PhasesOptions:
    rows = [(f"How many birds has island {number}?", f"It has {number * 7} birds.") for number in range(40)]
    replay = ReplayOptions(data=write_rows(tmp_path / "own.jsonl", rows), share=0.25)
    evaluation = CheckpointEvaluation(criterion="newest")
    phase = options.phases[1].model_copy(update={"evaluation": evaluation})
    return options.model_copy(update={"phase1": phase, "phase2": phase, "replay": replay, "compare": True})


def test_replay_data_is_mixed_in_and_compared(options: PhasesOptions, tmp_path: Path) -> None:
    mixed = with_replay(options, tmp_path)
    context = Context()
    result = run_phases(context, mixed)
    assert context.stages == ["train.phase1", "train.phase2", "compare", "compare"]
    assert context.recorder.of("amount")[0]["amount"] == 3 * (12 + 4)
    files = [call[1]["data_path"] for call in context.calls[:2]]
    assert [Path(file).parent.name for paths in files for file in paths[1:]] == ["phase1", "phase2"]
    (row,) = result["comparison"]
    assert (row["benchmark"], row["subject"], row["n"]) == ("replay_loss", "general", 4)
    assert row["verdict"] in ("gained", "lost", "no significant change")
    assert row["difference"] == pytest.approx(row["tuned"] - row["base"])
    journal = yaml.safe_load((Path(options.base_dir) / "journalfile.yaml").read_text())
    assert (journal["train_1"]["replay_samples"], journal["train_1"]["replay_share"]) == (4, 0.25)
    again = Context()
    assert run_phases(again, mixed) == result
    assert again.stages == []


def test_lowest_validation_loss_is_chosen(options: PhasesOptions, tmp_path: Path) -> None:
    data = with_replay(options, tmp_path).to_data()
    for phase in (data["phase1"], data["phase2"]):
        phase["evaluation"]["criterion"] = "auto"
        phase["training"] |= {"validation_split": 0.3, "precision": "float32"}
    context = Context()
    result = run_phases(context, PhasesOptions.from_data(data))
    assert context.stages == [*ALL, "compare", "compare"]
    first = result["phases"][0]
    assert first["criterion"] == result["criterion"] == "validation_loss"
    trained = json.loads((Path(options.base_dir) / "phase1/checkpoints/run.json").read_text())["result"]["checkpoints"]
    scores = [row["score"] for row in first["checkpoints"]]
    assert scores == pytest.approx([each["validation_loss"] for each in trained], rel=1e-4)
    assert all(row["stderr"] > 0 and row["n"] == 5 for row in first["checkpoints"])
    chosen = next(row["score"] for row in first["checkpoints"] if row["path"] == first["best"])
    assert chosen == min(scores) or first["best"] in first["tied"]


def test_replay_data_is_the_same_when_a_training_resumes(options: PhasesOptions, tmp_path: Path) -> None:
    mixed = with_replay(options, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_phases(Context(stop_before="train.phase1"), mixed)
    file = Path(options.base_dir) / "phase1" / "replay.jsonl"
    before = file.read_text()
    run_phases(Context(stop_before=None), mixed)
    assert file.read_text() == before
    assert mixed.replay is not None
    mixed.replay.data.write_text(before)  # other replay data is another training
    context = Context()
    run_phases(context, mixed)
    assert context.stages[0] == "train.phase1"
    assert "other data or settings" in context.recorder.notes


def test_unavailable_criterion_is_refused_before_training(options: PhasesOptions) -> None:
    data = options.to_data()
    data["phase2"]["evaluation"] |= {"criterion": "asked", "tasks": []}
    context = Context()
    with pytest.raises(LabtopError, match="cannot be chosen by asked") as refused:
        run_phases(context, PhasesOptions.from_data(data))
    assert context.stages == []
    assert refused.value.hint and "newest can be used" in refused.value.hint


def test_memory_settings_may_change_between_attempts(options: PhasesOptions) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_phases(Context(stop_before="train.phase2"), options)
    data = options.to_data()
    for phase in ("phase1", "phase2"):
        data[phase]["training"]["max_batch_len"] = 200
    context = Context()
    run_phases(context, PhasesOptions.from_data(data))
    assert context.stages == ALL[2:]


def test_without_tasks_the_last_checkpoint_is_selected(options: PhasesOptions) -> None:
    bare = PhasesOptions.from_data(
        {
            **options.to_data(),
            "phase1": {"training": options.phases[1].training.model_dump()},
            "phase2": {"training": options.phases[2].training.model_dump()},
        }
    )
    context = Context()
    result = run_phases(context, bare)
    assert context.stages == ["train.phase1", "train.phase2"]
    assert result["best"].endswith("phase2/checkpoints/hf_format/samples_24") and result["score"] is None
    begun, chosen = context.recorder.of("choice")[2:]
    assert (begun["criterion"], begun["best"]) == ("newest", None)
    assert (chosen["criterion"], chosen["best"], chosen["score"]) == ("newest", result["best"], None)


@pytest.mark.parametrize(
    ("missing", "stages", "best"), [("phase2", ALL[:2], "samples_24"), ("phase1", ALL[2:], "samples_12")]
)
def test_single_phase_is_trained_alone(options: PhasesOptions, missing: str, stages: list[str], best: str) -> None:
    alone = PhasesOptions.from_data({**options.to_data(), missing: None})
    for stage in stages:
        with pytest.raises(KeyboardInterrupt):
            run_phases(Context(stop_before=stage), alone)
    result = run_phases(Context(), alone)
    assert (len(result["phases"]), Path(result["best"]).name) == (1, best)
    journal = yaml.safe_load((Path(options.base_dir) / "journalfile.yaml").read_text())
    assert journal["current_phase"] == "done"
    assert journal["final_output"]["checkpoint"] == result["best"]
    again = Context()
    assert run_phases(again, alone) == result
    assert again.stages == []
    assert [data["status"] for data in again.recorder.of("stage_finished")] == ["succeeded", "succeeded"]


def test_neither_knowledge_nor_skills_is_an_error(options: PhasesOptions) -> None:
    with pytest.raises(LabtopError, match="neither knowledge nor skills"):
        run_phases(Context(), options.model_copy(update={"phase1": None, "phase2": None}))


def test_another_model_at_the_same_path_starts_a_new_journal(options: PhasesOptions, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(options.model_path, model)
    mine = options.model_copy(update={"model_path": str(model)})
    run_phases(Context(), mine)
    (model / "generation_config.json").unlink()
    context = Context()
    run_phases(context, mine)
    assert context.stages == ALL


def test_two_runs_do_not_share_a_folder(options: PhasesOptions) -> None:
    with locked_folder(Path(options.base_dir), "another"), pytest.raises(LabtopError, match="in use"):
        run_phases(Context(), options)


def test_missing_data_is_an_error(options: PhasesOptions, data: Path) -> None:
    data.unlink()
    with pytest.raises(LabtopError, match="No such file"):
        run_phases(Context(), options)


def test_checkpoints_of_other_tools_in_numeric_order(tmp_path: Path) -> None:
    for name in ("samples_9", "checkpoint_1945", "samples_100", "last_epoch", ".samples_3.partial", "samples_7"):
        (tmp_path / "hf_format" / name).mkdir(parents=True)
        if name != "samples_7":
            (tmp_path / "hf_format" / name / "config.json").write_text("{}")
    assert [path.name for path in find_checkpoints(tmp_path)] == ["samples_9", "samples_100", "checkpoint_1945"]
    assert find_checkpoints(tmp_path / "none") == []
