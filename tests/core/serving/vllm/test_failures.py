"""Explaining what vLLM 0.32 writes when it fails; the lines are quoted from its logs and its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.jobs.tail import last_lines
from core.serving.health.ends import end_error
from core.serving.plan import ReadyUrl, ServerPlan
from core.serving.vllm.failures import explain

PLAN = ServerPlan("granite", ("vllm",), ReadyUrl(), port=1, backend="vllm")


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        (
            "(EngineCore pid=9) RuntimeError: Unsupported CPU attention configuration: head_dim=28",
            "unsupported-model",
            "heads of size 28",
        ),
        (
            "ValueError: Free memory on device cuda:0 (10.2/79.2 GiB) on startup is less than desired GPU memory",
            "out-of-memory",
            "Only 10.2 of 79.2 GiB",
        ),
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
            "out-of-memory",
            "GPU memory is not",
        ),
        (
            "ValueError: To serve at least one request with the models's max seq len (131072), (16.0 GiB KV cache is "
            "needed, which is larger than the available KV cache memory (2.1 GiB). Based on the available memory, the "
            "estimated maximum model length is 17104.",
            "out-of-memory",
            "context of 17104 tokens",
        ),
        (
            "  Value error, The checkpoint you are trying to load has model type `nosuch` but Transformers does not "
            "recognize this architecture.",
            "unsupported-model",
            "'nosuch'",
        ),
        (
            "  Value error, Model architectures ['NoSuchForCausalLM'] are not supported for now. [type=value_error]",
            "unsupported-model",
            "'NoSuchForCausalLM'",
        ),
        (
            "  Value error, User-specified max_model_len (4096) is greater than the derived max_model_len "
            "(max_position_embeddings=512.0 or model_max_length=None in model's config.json).",
            "wrong-option",
            "512 tokens, and 4096",
        ),
        (
            "  Value error, Total number of attention heads (4) must be divisible by tensor parallel size (3). "
            "[type=value_error, input_value=ArgsKwargs(())]",
            "wrong-option",
            "(4) must be divisible by tensor parallel size (3).",
        ),
        ("api_server.py: error: unrecognized arguments: --nope", "wrong-option", "unrecognized arguments: --nope"),
        ("RuntimeError: Failed to infer device type", "no-gpu", "needs a GPU"),
        (
            "RuntimeError: Worker failed with error 'Available memory on node 0 (10.32/12.21 GiB) on kv cache "
            "allocation is less than requested memory for kv (900.0 GiB). Decrease it.', please check",
            "out-of-memory",
            "900.0 GiB",
        ),
        ("vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.", "server-died", "engine"),
    ],
)
def test_explain(line: str, code: str, sentence: str) -> None:
    lines = ["INFO start", line, "RuntimeError: Engine core initialization failed. See root cause above."]
    found = explain(lines)
    assert found is not None
    assert (found.code, sentence in found.message) == (code, True), found.message


def test_explain_unknown() -> None:
    assert explain(["INFO all is well", "bye"]) is None


def test_end_error_reads_the_log_of_this_start_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("torch.OutOfMemoryError: CUDA out of memory.\n")
    start = log.stat().st_size
    with log.open("a") as stream:
        stream.write("\x1b[31mlast words\x1b[0m\n\n")
    error = end_error(PLAN, 1, last_lines(log, start), log, was_ready=False)
    assert error.code == "server-died"
    assert error.message.endswith("ended with status 1 before it was ready. Its last line: last words")
    assert end_error(PLAN, 1, last_lines(log), log, was_ready=True).code == "out-of-memory"
