"""Forms: their fields with the values that the command would use, the checks, and the command line they amount to."""

from __future__ import annotations

import shlex
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from core import paths
from core.commands.completion import completed
from core.commands.form import Field, Form, Preset, command_line, read_form, wrong_field
from core.commands.form_table import FORMS
from core.commands.presets import Place, with_presets
from core.commands.start import request_of
from core.config.option_table import TABLE
from core.errors import LabtopError, UsageError
from core.overview.model import BestModel, DataFiles
from core.serving.arguments import ServeJob
from tests.core.commands.models import make_student
from tests.core.taxonomy.leaves import commit_all, write


@pytest.fixture
def config(own_home: Path) -> Path:
    file = paths.current().config_file
    file.parent.mkdir(parents=True)
    file.write_text("train:\n  num_epochs: 3\ngenerate:\n  endpoint_url: [http://a/v1, http://b/v1]\n")
    return file


@pytest.fixture
def student() -> Path:
    return make_student()


def field_of(form: Form, name: str) -> Field:
    return next(field for field in form.fields if field.name == name)


def line(form: Form, **typed: str) -> str:
    return command_line(form, form.texts(typed))


@pytest.mark.parametrize("command", FORMS)
def test_every_field_is_in_the_table(command: str) -> None:
    spec = FORMS[command]
    rows = [row for _, row in spec.rows()]
    assert len({row.name for row in rows}) == len(rows)
    assert all(row in TABLE[section].options and row.flags for section, row in spec.rows())
    names = {row.name for row in rows}
    for texts in ({}, {"strategy": "lab-multiphase"}, {"benchmark": "facts"}, {"benchmark": "mt_bench_branch"}):
        assert set(spec.first(texts)) <= names
        assert not set(spec.first(texts)) & spec.hidden(texts)


def test_options_of_adapters_are_hidden_without_a_rank() -> None:
    hidden = FORMS["train"].hidden
    assert {"lora_alpha", "lora_quantize_dtype", "four_bit_quant"} <= hidden({}) & hidden({"lora_rank": "0"})
    assert "lora_rank" not in hidden({})
    assert not hidden({"lora_rank": "16"}) & {"lora_alpha", "lora_target_modules", "lora_quantize_dtype"}


def test_fields_hold_what_the_command_would_use(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_TRAIN_MAX_SEQ_LEN", "512")
    form = read_form("train")
    assert (field_of(form, "num_epochs").used, field_of(form, "num_epochs").origin) == ("3", "config.yaml:2")
    assert field_of(form, "max_seq_len").origin == "LABTOP_TRAIN_MAX_SEQ_LEN"
    assert (field_of(form, "learning_rate").used, field_of(form, "learning_rate").origin) == ("2e-05", "default")
    assert field_of(form, "ckpt_output_dir").used == str(paths.current().checkpoints_dir)
    assert field_of(form, "checkpoint_at_epoch").used == "yes"
    assert field_of(read_form("generate"), "endpoint_url").used == "http://a/v1 http://b/v1"
    assert field_of(read_form("quickstart"), "folder").used == "labtop-quickstart"
    assert field_of(read_form("run"), "phased_phase1_learning_rate").used == "2e-05"


def test_profile_is_named_as_the_origin(own_home: Path) -> None:
    file = paths.current().config_file
    file.parent.mkdir(parents=True)
    file.write_text("train:\n  profile: A100_H100_x8.yaml\n")
    assert field_of(read_form("train"), "effective_batch_size").origin == "profile A100_H100_x8.yaml"


def test_command_line_has_only_what_differs(config: Path) -> None:
    form = read_form("train")
    assert line(form) == "labtop model train"
    assert line(form, learning_rate="0.00002", num_epochs="3") == "labtop model train", "the same values"
    assert line(form, num_epochs="") == "labtop model train", "an emptied field counts as not given"
    typed = {"num_epochs": "5", "checkpoint_at_epoch": "no", "data_path": "my data/rows.jsonl"}
    expected = "labtop model train --data-path 'my data/rows.jsonl' --num-epochs 5 --no-checkpoint-at-epoch"
    assert sorted(shlex.split(line(form, **typed))) == sorted(shlex.split(expected))
    assert line(read_form("evaluate")) == "labtop model evaluate --benchmark mmlu_branch", "it is required"
    assert line(read_form("serve"), model_path="x") == "labtop model serve --model-path x --detached"
    urls = line(read_form("generate"), endpoint_url="http://c/v1 http://d/v1", api_key="sk-secret")
    assert urls == "labtop data generate --endpoint-url http://c/v1 --endpoint-url http://d/v1"
    other = read_form("quickstart", config)
    assert line(other, short="yes", folder="/q") == f"labtop --config {config} quickstart --dir /q --short"


def test_options_of_the_other_kind_of_training_are_left_out(config: Path) -> None:
    form = with_presets(read_form("train"), Place(Path("/t"), "main"))
    texts = form.texts()
    assert [field.name for field in form.shown(texts, every=False)][:3] == [
        "strategy", "model_path", "phased_phase1_data",
    ]  # fmt: skip
    assert "num_epochs" not in {field.name for field in form.shown(texts, every=True)}
    assert line(form, num_epochs="9") == "labtop model train --strategy lab-multiphase"
    single = form.texts({"strategy": ""})
    assert "data_path" in {field.name for field in form.shown(single, every=False)}
    assert command_line(form, single) == "labtop model train"


@pytest.mark.parametrize(
    ("command", "name", "text", "sentence"),
    [
        ("train", "num_epochs", "0", "input should be greater than 0, not 0."),
        ("evaluate", "batch_size", "many", "input should be a valid integer or 'auto', not 'many'."),
        ("generate", "endpoint_url", "http://", "'http://' is not an endpoint's URL."),
        ("generate", "endpoint_url", "'http://a", "A quotation mark is not closed."),
        ("serve", "model_path", "none", None),
    ],
)
def test_wrong_values_get_the_sentence_of_the_command(
    own_home: Path, command: str, name: str, text: str, sentence: str | None
) -> None:
    form = read_form(command)
    said = wrong_field(field_of(form, name), text, form.texts({name: text}))
    if sentence is None:
        models = paths.current().models_dir
        sentence = f"There is no model none: no such folder, and no such model in {models}."
    assert said == sentence
    with pytest.raises(LabtopError) as caught:
        request_of(form, form.texts({name: text}))
    assert sentence in caught.value.message


def test_a_teacher_at_an_endpoint_may_have_any_name(own_home: Path) -> None:
    form = read_form("generate")
    model = field_of(form, "model")
    assert wrong_field(model, "mixtral", form.texts({"model": "mixtral"})) is not None
    assert wrong_field(model, "mixtral", form.texts({"endpoint_url": "http://a/v1"})) is None


def test_a_pasted_text_is_no_model(student: Path) -> None:
    form = read_form("train")
    text = "n" * 5000
    said = wrong_field(field_of(form, "model_path"), text, form.texts({"model_path": text}))
    assert said is not None
    assert said.startswith("There is no model nnn")


def test_request_is_the_job_of_the_command(config: Path, student: Path, tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("{}\n")
    form = read_form("train")
    request = request_of(form, form.texts({"model_path": "tiny-1-0", "data_path": str(data), "learning_rate": "1e-4"}))
    assert (request.kind, request.runner, request.title) == ("train", "core.training.job:run", "Train Tiny-1.0")
    options = request.options["train"]
    assert (options["model_path"], options["num_epochs"], options["learning_rate"]) == (str(student), 3, 1e-4)
    with pytest.raises(LabtopError, match="No student model given"):
        request_of(form, form.texts({"data_path": str(data)}))
    serve = read_form("serve")
    started = request_of(serve, serve.texts({"model_path": str(student), "port": "8123"}))
    assert started.options == ServeJob(model=str(student), host="127.0.0.1", port=8123, served_name=None).to_data()
    quickstart = read_form("quickstart")
    quick = request_of(quickstart, quickstart.texts({"folder": str(tmp_path / "q"), "short": "yes"}))
    assert (quick.options["folder"], quick.options["short"]) == (str(tmp_path / "q"), True)
    evaluate = read_form("evaluate")
    with pytest.raises(UsageError, match="requires --questions"):
        request_of(evaluate, evaluate.texts({"benchmark": "facts", "model": str(student)}))


def test_forms_start_with_what_fits_the_place(own_home: Path, tmp_path: Path) -> None:
    place = Place(tmp_path / "mine", "main", BestModel("/m/samples_4", "train-1", (), "/m/base"))
    generate = with_presets(read_form("generate"), place)
    assert line(generate) == f"labtop data generate --taxonomy-path {tmp_path / 'mine'} --taxonomy-base main"
    assert generate.origin(field_of(generate, "taxonomy_base"), "main") == "this workbench"
    assert generate.origin(field_of(generate, "taxonomy_base"), "dev") == "changed"
    taxonomy = tmp_path / "mine"
    write(taxonomy / "README.md", "mine")
    commit_all(taxonomy)
    missing = with_presets(read_form("generate"), replace(place, base="origin/main", base_is_missing=True))
    assert missing.presets["taxonomy_base"] == Preset("main", "no origin/main")
    unchanged = with_presets(read_form("generate"), replace(place, nothing_changed=True))
    assert unchanged.presets["taxonomy_base"] == Preset("empty", "as on main")
    evaluate = with_presets(read_form("evaluate"), place)
    expected = "labtop model evaluate --benchmark mmlu_branch --model /m/samples_4 --base-model /m/base"
    assert line(evaluate) == expected
    data = DataFiles("/d/knowledge.jsonl", "/d/skills.jsonl", "/d/tasks")
    train = with_presets(read_form("train"), replace(place, data=data))
    texts = train.texts()
    assert (texts["phased_phase1_data"], texts["phased_phase2_data"]) == (data.knowledge, data.skills)
    assert (texts["model_path"], texts["strategy"]) == ("/m/base", "lab-multiphase")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        paths.current().config_file.parent.mkdir(parents=True)
        paths.current().config_file.write_text(f"serve:\n  port: {port}\n")
        serve = with_presets(read_form("serve"), place)
    assert serve.presets["port"].why == f"{port} is in use"
    assert serve.presets["port"].text != str(port)
    assert serve.presets["model_path"].why == "best model"


def test_completion_of_paths_and_models(student: Path, tmp_path: Path) -> None:
    (tmp_path / "rows_a.jsonl").touch()
    (tmp_path / "rows_b.jsonl").touch()
    (tmp_path / "rules").mkdir()
    form = read_form("train")
    data, model = field_of(form, "data_path"), field_of(form, "model_path")
    text, candidates = completed(data, f"{tmp_path}/ro")
    assert text == f"{tmp_path}/rows_"
    assert candidates == [f"{tmp_path}/rows_a.jsonl", f"{tmp_path}/rows_b.jsonl"]
    assert completed(data, f"{tmp_path}/rows_a") == (f"{tmp_path}/rows_a.jsonl", [])
    assert completed(model, "Ti") == ("Tiny-1.0", [])
    assert completed(model, f"{tmp_path}/ru") == (f"{tmp_path}/rules/", [])
    assert completed(data, f"{tmp_path}/none") == (f"{tmp_path}/none", [])
    teacher = field_of(read_form("generate"), "model")
    assert completed(teacher, "b") == ("builtin:extractive", [])
