"""What makes a model unusable is found while it is loaded, before its server is ready."""

from __future__ import annotations

import json
import queue
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from core.errors import LabtopError
from core.models.weights import ModelSize
from core.serving.embedded import loading, templates
from core.serving.embedded.generator import ChatMessage, Delta, GenerationRequest, InvalidRequestError, Prompt
from core.serving.embedded.loading import computing_type, load
from core.serving.embedded.transformers_generator import TransformersGenerator

pytestmark = [pytest.mark.slow, pytest.mark.torch]


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_model, tmp_path / "copy")


def set_template(folder: Path, template: str) -> None:
    (folder / "chat_template.jinja").write_text(template)


def change_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def test_missing_tensor_is_an_error(copy: Path) -> None:
    """transformers would use random numbers for it."""
    name = "model.layers.1.mlp.up_proj.weight"
    change_weights(copy, lambda tensors: tensors.pop(name))
    with pytest.raises(LabtopError, match=rf"1 of the model's tensors are missing, such as {name}\."):
        load(copy, 1)


def test_damaged_tokenizer_is_named(copy: Path) -> None:
    file = copy / "tokenizer.json"
    file.write_text(file.read_text()[:500])
    with pytest.raises(LabtopError, match=r"The tokenizer in .*copy could not be loaded: Expecting"):
        load(copy, 1)


def test_weights_that_are_not_numbers_are_an_error(copy: Path) -> None:
    change_weights(copy, lambda tensors: tensors["model.norm.weight"].fill_(float("nan")))
    with pytest.raises(LabtopError, match="NaN or infinite"):
        load(copy, 1)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ messages }}\n{% for m in %}", "line 2 does not parse: "),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "did not end within 0.2 s"),
        ("{{ raise_exception('never \x1b[2J') }}", r"never \\u001b\[2J\."),
        ("{{ messages[0].content + 1 }}", "can only concatenate str"),
    ],
)
def test_chat_template_that_renders_nothing(
    template: str, reason: str, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "RENDER_SECONDS", 0.2)
    set_template(copy, template)
    with pytest.raises(LabtopError, match=rf"The chat template of .*copy cannot be used: .*{reason}") as caught:
        load(copy, 1)
    assert caught.value.code == "bad-template"


def test_chat_template_that_loops_for_some_messages(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends that request, and the next one is served."""
    monkeypatch.setattr(templates, "RENDER_SECONDS", 0.2)
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    set_template(copy, f"{{% if messages[0].content == 'loop' %}}{loop}{{% endif %}}{{{{ messages[0].content }}}}")
    generator = load(copy, 1)
    try:
        with pytest.raises(InvalidRequestError, match=r"did not end within 0\.2 seconds"):
            generator.chat_prompt([ChatMessage("user", "loop")])
        assert generator.chat_prompt([ChatMessage("user", "night")]).text == "night"
    finally:
        generator.close()


def test_chat_template_that_needs_a_system_prompt(copy: Path) -> None:
    set_template(copy, "{% if messages[0].role != 'system' %}{{ raise_exception('no') }}{% endif %}ok")
    load(copy, 1).close()


def test_model_without_a_chat_template(copy: Path) -> None:
    (copy / "chat_template.jinja").unlink()
    config = copy / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"chat_template": None}))
    generator = load(copy, 1)
    try:
        assert generator.text_prompt("night").tokens
        with pytest.raises(InvalidRequestError, match="no chat template"):
            generator.chat_prompt([ChatMessage("user", "night")])
    finally:
        generator.close()


NATIVE = "fpu avx512f avx512_bf16"


@pytest.mark.parametrize(
    ("parameters", "stored", "flags", "expected"),
    [
        (7_000_000_000, "BF16", NATIVE, torch.bfloat16),
        (7_000_000_000, "BF16", "fpu avx2", torch.float32),
        (7_000_000_000, "F32", NATIVE, torch.float32),
        (7_000_000_000, "F16", NATIVE, torch.float32),
        (1_000_000, "BF16", NATIVE, torch.float32),
    ],
)
def test_computing_type(parameters: int, stored: str, flags: str, expected: torch.dtype) -> None:
    assert computing_type(ModelSize(parameters, 2 * parameters, stored), flags) == expected


def test_model_in_bfloat16(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of unlike prompts, and log-probabilities close to those in float32 (bfloat16 has 8 bits)."""
    folder = shutil.copytree(tiny_model, tmp_path / "larger")
    config = AutoConfig.from_pretrained(folder)
    config.update({"hidden_size": 320, "intermediate_size": 1100, "num_hidden_layers": 4, "initializer_range": 0.02})
    torch.manual_seed(3)
    model: Any = AutoModelForCausalLM.from_config(config)
    model.to(torch.bfloat16).save_pretrained(folder)
    monkeypatch.setattr(loading, "processor_flags", lambda: NATIVE)
    generator = load(folder, 1)
    try:
        assert generator.data_type == torch.bfloat16
        prompts = [generator.text_prompt(text) for text in ("the dome turns slowly", "night", "a book")]
        replies = scored(generator, prompts)
    finally:
        generator.close()
    model.float()
    for prompt, reply in zip(prompts, replies, strict=True):
        assert reply.count == 4
        with torch.inference_mode():
            expected = model(torch.tensor([prompt.tokens])).logits[0].log_softmax(-1)
        for place, token in enumerate(reply.prompt_tokens[1:]):
            assert token.logprob == pytest.approx(float(expected[place, prompt.tokens[place + 1]]), abs=0.05)


def scored(generator: TransformersGenerator, prompts: list[Prompt]) -> list[Delta]:
    """Four greedy tokens for each prompt, all at once, with the log-probabilities of the prompts."""
    replies: list[queue.Queue[Delta | Exception]] = [queue.Queue() for _ in prompts]
    for prompt, reply in zip(prompts, replies, strict=True):
        request = GenerationRequest(prompt, 4, temperature=0.0, top_logprobs=0, score_prompt=True)
        generator.start(request, reply.put)
    found = [reply.get(timeout=60) for reply in replies]
    return [reply for reply in found if isinstance(reply, Delta)]
