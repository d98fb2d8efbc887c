from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from core.config.options.train import SystemMessage
from core.errors import LabtopError
from core.quickstart.student import CHAT_TEMPLATE
from core.training.masking import Conversation, Masker, Sample, loss_mask, without_system
from core.training.prepare.records import unroll_pretraining

TEXTS = [
    "You are a careful helper.",
    "Is a < b, or not?\n\nSay so.",
    "Yes: a < b.\n\nWhat else is there to say about it?",
    "Nothing, Étienne — nothing.",
]

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] | trim"
    " + '<|im_end|>' + '\n' }}{% endfor %}"
)
LEGACY = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ '<|endoftext|>' }}{% endif %}"
    "{% if not loop.last %}{{ '\n' }}{% endif %}{% endfor %}"
)
MISTRAL = (
    "{{ '<s>' }}{% set first = namespace(text='') %}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{% set first.text = message['content'] + '\n\n' %}"
    "{% elif message['role'] == 'user' %}{{ '[INST] ' + first.text + message['content'] + ' [/INST]' }}"
    "{% set first.text = '' %}{% else %}{{ ' ' + message['content'] + '</s>' }}{% endif %}{% endfor %}"
)

KINDS: dict[str, tuple[str, list[str], str, bool]] = {
    "granite": (CHAT_TEMPLATE, ["<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"], "<|end_of_text|>", False),
    "chatml": (CHATML, ["<|im_start|>", "<|im_end|>", "<|endoftext|>"], "<|im_end|>", False),
    "legacy": (LEGACY, ["<|system|>", "<|user|>", "<|assistant|>", "<|endoftext|>"], "<|endoftext|>", False),
    "mistral": (MISTRAL, ["<s>", "</s>"], "</s>", True),
}
"""Template, special tokens, what ends a turn, and whether a word's token holds the space before it as ▁."""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def masker(kind: str) -> Masker:
    template, special, _, metaspace = KINDS[kind]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace() if metaspace else pre_tokenizers.ByteLevel(False)
    tokenizer.decoder = decoders.Metaspace() if metaspace else decoders.ByteLevel()
    alphabet = list(string.printable) if metaspace else pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator([*TEXTS, "systemuserassistant[INST] [/INST]"] * 3, trainer)
    return Masker(PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=special[-1], chat_template=template))


def conversation(*, unmask: bool = False) -> Conversation:
    roles = ("system", "user", "assistant", "user", "assistant")
    contents = (TEXTS[0], TEXTS[1], TEXTS[2], TEXTS[1], TEXTS[3])
    return Conversation(tuple({"role": r, "content": c} for r, c in zip(roles, contents, strict=True)), unmask)


def encode(masker: Masker, *conversations: Conversation) -> list[Sample]:
    samples = list(masker.encode(conversations))
    assert None not in samples
    return [sample for sample in samples if sample is not None]


def stretches(tokenizer: Any, sample: Sample) -> list[str]:
    """The texts of the runs of counted tokens."""
    runs: list[list[int]] = []
    before = 0
    for token, counted in zip(sample.ids, sample.loss_mask, strict=True):
        if counted and not before:
            runs.append([])
        if counted:
            runs[-1].append(token)
        before = counted
    return [tokenizer.decode(run).strip() for run in runs]


def test_loss_mask_covers_the_assistant_and_its_end_token(masker: Masker, kind: str) -> None:
    (sample,) = encode(masker, conversation())
    end = KINDS[kind][2]
    assert stretches(masker.tokenizer, sample) == [TEXTS[2] + end, TEXTS[3] + end]


def test_loss_mask_with_unmask_covers_all_but_the_system(masker: Masker, kind: str) -> None:
    (sample,) = encode(masker, conversation(unmask=True))
    end = KINDS[kind][2]
    assert stretches(masker.tokenizer, sample) == [TEXTS[1], TEXTS[2] + end, TEXTS[1], TEXTS[3] + end]


def test_ids_equal_the_rendered_template(masker: Masker) -> None:
    (sample,) = encode(masker, conversation())
    assert list(sample.ids) == masker.tokenizer.apply_chat_template(
        list(conversation().messages), tokenize=True, return_dict=False
    )


def test_batches_equal_single_samples(masker: Masker) -> None:
    both = [conversation(), conversation(unmask=True)]
    assert encode(masker, *both) == [encode(masker, each)[0] for each in both]


@pytest.mark.parametrize("content", ["  spaced \n", "\n\nlines", "a" * 300, "<|im_start|>", "", " "])
def test_loss_mask_never_covers_a_header(masker: Masker, kind: str, content: str) -> None:
    messages = ({"role": "user", "content": "Say so."}, {"role": "assistant", "content": content})
    for sample in masker.encode([Conversation(messages, unmask=False)]):
        assert sample is not None
        text = "".join(stretches(masker.tokenizer, sample))
        assert "".join(text.split()) == content.strip() + KINDS[kind][2]


def test_content_with_marks_is_dropped(masker: Masker) -> None:
    messages = ({"role": "user", "content": "Say so."}, {"role": "assistant", "content": "\U0010c003 yes"})
    assert list(masker.encode([Conversation(messages, unmask=False)])) == [None]


def test_template_that_changes_the_content_is_detected(student: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(student)
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m['content'] | upper | truncate(9) }}<|end_of_text|>{% endfor %}"
    )
    messages = ({"role": "user", "content": "u" * 30}, {"role": "assistant", "content": "b" * 30})
    assert list(Masker(tokenizer).encode([Conversation(messages, unmask=False)])) == [None]


def test_template_that_rejects_a_role_is_an_error(student: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(student)
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m['role'] == 'tool' %}{{ raise_exception('no tools') }}{% endif %}"
        "{{ m['content'] }}{% endfor %}"
    )
    with pytest.raises(LabtopError, match="no tools"):
        list(Masker(tokenizer).encode([Conversation(({"role": "tool", "content": "x"},), unmask=False)]))


GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "{{ '<start_of_turn>' + message['role'] + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
)


@pytest.fixture
def gemma(student: Path) -> Any:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(student)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<start_of_turn>", "<end_of_turn>"]})
    tokenizer.chat_template = GEMMA
    return tokenizer


@pytest.mark.parametrize("system_message", ["auto", "merge"])
def test_rejected_system_message_is_merged(gemma: Any, system_message: SystemMessage) -> None:
    masker = Masker(gemma, system_message)
    merged = [{"role": "user", "content": f"{TEXTS[0]}\n\n{TEXTS[1]}"}, *conversation().messages[2:]]
    (sample,) = encode(masker, conversation())
    assert gemma.decode(list(sample.ids)) == gemma.apply_chat_template(merged, tokenize=False)
    assert stretches(gemma, sample) == [TEXTS[2] + "<end_of_turn>", TEXTS[3] + "<end_of_turn>"]
    (sample,) = encode(masker, conversation(unmask=True))
    assert stretches(gemma, sample)[0] == f"{TEXTS[0]}\n\n{TEXTS[1]}"


def test_system_message_can_be_dropped_or_kept(gemma: Any, masker: Masker) -> None:
    (sample,) = encode(Masker(gemma, "drop"), conversation())
    assert TEXTS[0] not in gemma.decode(list(sample.ids))
    with pytest.raises(LabtopError, match="System role not supported") as caught:
        list(Masker(gemma, "keep").encode([conversation()]))
    assert "--system-message merge" in str(caught.value.hint)
    assert Masker(masker.tokenizer).system_message == "keep"
    assert Masker(masker.tokenizer, "drop").system_message == "drop"


def test_system_message_without_user_is_dropped() -> None:
    system, assistant = {"role": "system", "content": "s"}, {"role": "assistant", "content": "a"}
    assert without_system([system, assistant], "merge") == (assistant,)
    assert without_system([system, {"role": "user", "content": "u"}, system], "merge") == (
        {"role": "user", "content": "s\n\ns\n\nu"},
    )


def test_no_chat_template_is_an_error(student: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(student)
    tokenizer.chat_template = None
    with pytest.raises(LabtopError, match="no chat template"):
        Masker(tokenizer)


@pytest.mark.parametrize(
    ("text", "offsets", "spans", "expected"),
    [
        ("ab cd", [(0, 2), (2, 5)], [(3, 5)], [0, 1]),  # the token " cd" has a space before the span
        ("ab\ncd", [(0, 4), (4, 5)], [(3, 5)], [0, 1]),  # "ab\nc" begins in the header
        ("hcd\n", [(0, 1), (1, 4)], [(1, 3)], [0, 1]),  # space after the span
        ("hcdx", [(0, 1), (1, 4)], [(1, 3)], [0, 0]),  # something else after it
        ("h\n\nc", [(0, 1), (1, 1), (3, 3), (3, 4)], [(1, 4)], [0, 0, 1, 1]),  # trimmed tokens of only space
        ("abcd", [(0, 1), (1, 2), (2, 3), (3, 4)], [(0, 2), (3, 4)], [0, 1, 0, 1]),  # the first is never predicted
        ("é", [(0, 0), (0, 1), (0, 1)], [(0, 1)], [0, 1, 1]),  # two tokens of one character
        ("abc", [(0, 1), (1, 2), (2, 3)], [], [0, 0, 0]),
    ],
)
def test_loss_mask(
    text: str, offsets: list[tuple[int, int]], spans: list[tuple[int, int]], expected: list[int]
) -> None:
    assert list(loss_mask(text, offsets, spans)) == expected


def test_pretraining_message_is_split_into_turns_but_not_at_a_less_than_sign() -> None:
    content = "<|user|>\nIs a < b?\nSay.\n<|assistant|>\nYes: a < b.<|endoftext|>\n"
    found = unroll_pretraining(({"role": "system", "content": "s"}, {"role": "pretraining", "content": content}))
    assert found.unmask
    assert found.messages == (
        {"role": "system", "content": "s"},
        {"role": "user", "content": "Is a < b?\nSay."},
        {"role": "assistant", "content": "Yes: a < b."},
    )


def test_pretraining_message_with_granite_3_headers() -> None:
    turns = (("user", "Q"), ("assistant", "A"))
    content = "".join(f"<|start_of_role|>{role}<|end_of_role|>{text}<|end_of_text|>\n" for role, text in turns)
    found = unroll_pretraining(({"role": "pretraining", "content": content},))
    assert [message["content"] for message in found.messages] == ["Q", "A"]


def test_pretraining_message_without_roles_is_plain_text(student: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(student)
    found = unroll_pretraining(({"role": "pretraining", "content": "The dome is old."},))
    (sample,) = encode(Masker(tokenizer), found)
    assert tokenizer.decode(list(sample.ids)) == "The dome is old.<|end_of_text|>"
    assert sample.num_loss_tokens == len(sample) - 1


REASONING_TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}{% if m['reasoning_content'] and loop.last %}"
    "{{ '<think>' + m['reasoning_content'] + '</think>' }}{% endif %}{{ m['content'] + '<|end_of_text|>' }}{% endfor %}"
)


def test_loss_mask_covers_reasoning_and_what_is_between(student: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(student)
    tokenizer.chat_template = REASONING_TEMPLATE
    user = {"role": "user", "content": TEXTS[1]}
    answer = {"role": "assistant", "content": TEXTS[2], "reasoning_content": TEXTS[0]}
    masker = Masker(tokenizer)
    (sample,) = encode(masker, Conversation((user, answer), unmask=False))
    assert stretches(tokenizer, sample) == [f"{TEXTS[0]}</think>{TEXTS[2]}<|end_of_text|>"]
    (sample,) = encode(masker, Conversation((user, answer, user, answer), unmask=False))
    assert stretches(tokenizer, sample)[0] == f"{TEXTS[2]}<|end_of_text|>"


def test_reasoning_that_the_template_leaves_out_is_detected(student: Path) -> None:
    answer = {"role": "assistant", "content": "a", "thinking": "why"}
    masker = Masker(PreTrainedTokenizerFast.from_pretrained(student))
    assert list(masker.encode([Conversation(({"role": "user", "content": "u"}, answer), unmask=False)])) == [None]


def test_document_begins_with_the_tokenizers_start_token(student: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(student)
    start = tokenizer.convert_tokens_to_ids("<|start_of_role|>")
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        "<|start_of_role|> $A", special_tokens=[("<|start_of_role|>", start)]
    )
    document = unroll_pretraining(({"role": "pretraining", "content": "The dome is old."},))
    first, chat = encode(Masker(tokenizer), document, conversation())
    assert first.ids[0] == start
    assert list(first.loss_mask) == [0] + [1] * (len(first) - 1)
    assert tokenizer.decode(list(chat.ids)).startswith("<|start_of_role|>system")
