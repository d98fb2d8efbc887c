"""The transformers generator through its server, against transformers itself."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.serving.lifecycle import Server
from tests.core.serving.http import ask, connect, post, send, stream
from tests.core.serving.tiny_model import CONTEXT_LENGTH

pytestmark = [pytest.mark.slow, pytest.mark.torch]

PROMPTS = [
    "the dome",
    "at night the mirror cools",
    "a",
    "the keeper writes in a book while the observatory turns slowly",
]


class Reference:
    """The same model, asked directly."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder).eval()

    def continued(self, prompt: str, new_tokens: int) -> str:
        inputs = self.tokenizer(prompt, return_tensors="pt")
        output = self.model.generate(**inputs, max_new_tokens=new_tokens, do_sample=False)
        return str(self.tokenizer.decode(output[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))

    def logprobs(self, tokens: list[int]) -> list[float]:
        """Of each token but the first."""
        with torch.inference_mode():
            scores = self.model(torch.tensor([tokens])).logits[0].log_softmax(-1)
        return [float(scores[place, token]) for place, token in enumerate(tokens[1:])]


@pytest.fixture(scope="module")
def reference(tiny_model: Path) -> Iterator[Reference]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Reference(tiny_model)
    torch.set_num_threads(threads)


def test_greedy_text_equals_transformers(tiny_server: Server, reference: Reference) -> None:
    for prompt in PROMPTS:
        expected = reference.continued(prompt, 40)
        whole = ask(tiny_server.base_url, "/completions", prompt=prompt, temperature=0, max_tokens=40)
        assert whole["choices"][0]["text"] == expected
        pieces = list(stream(tiny_server.base_url, "/completions", prompt=prompt, temperature=0, max_tokens=40))
        assert "".join(piece["choices"][0]["text"] for piece in pieces) == expected
        assert pieces[-1]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
        assert len(pieces) > 3


def test_chat_uses_the_models_template(tiny_server: Server, reference: Reference) -> None:
    messages = [
        {"role": "system", "content": "a book"},
        {"role": "user", "content": [{"type": "text", "text": "night"}]},
    ]
    expected = reference.continued("<|system|>a book<|end|><|user|>night<|end|><|assistant|>", 20)
    body = {"messages": messages, "temperature": 0, "max_completion_tokens": 20}
    whole = ask(tiny_server.base_url, "/chat/completions", model="Tiny-1.0", **body)
    assert whole["choices"][0]["message"]["content"] == expected
    assert whole["usage"] == {"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29}
    events = list(stream(tiny_server.base_url, "/chat/completions", stream_options={"include_usage": True}, **body))
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert "".join(event["choices"][0]["delta"].get("content", "") for event in events[:-1]) == expected
    assert events[-1]["choices"] == []
    assert events[-1]["usage"] == whole["usage"]


def test_batched_requests_equal_single_ones(tiny_server: Server) -> None:
    """Of unlike lengths, some joining while others run, some sampled with a seed."""
    bodies = [
        {
            "prompt": " ".join(PROMPTS[index % 4].split() * (1 + index % 5)),
            "max_tokens": 5 + 7 * index,
            "temperature": index % 3 / 2,
            "seed": index,
            "top_p": 0.9 if index % 2 else 1.0,
        }
        for index in range(24)
    ]
    alone = [ask(tiny_server.base_url, "/completions", **body)["choices"] for body in bodies]
    with ThreadPoolExecutor(24) as pool:
        together = list(pool.map(lambda body: ask(tiny_server.base_url, "/completions", **body)["choices"], bodies))
    assert together == alone


def test_seed_repeats_the_text_and_choices_differ(tiny_server: Server) -> None:
    body = {"prompt": "the", "n": 3, "seed": 11, "temperature": 1.0, "max_tokens": 20}
    first, second = (ask(tiny_server.base_url, "/completions", **body)["choices"] for _ in range(2))
    assert first == second
    assert len({choice["text"] for choice in first}) == 3
    single = ask(tiny_server.base_url, "/completions", **{**body, "n": 1, "seed": 12})["choices"][0]["text"]
    assert single == first[1]["text"]


def test_stop_strings_end_the_text(tiny_server: Server, reference: Reference) -> None:
    expected = reference.continued("the dome", 40)
    stop = expected[12:15]
    body = {"prompt": "the dome", "temperature": 0, "max_tokens": 40, "stop": [stop, "never comes"]}
    choice = ask(tiny_server.base_url, "/completions", **body)["choices"][0]
    assert choice["text"] == expected[: expected.index(stop)]
    assert choice["finish_reason"] == "stop"
    events = stream(tiny_server.base_url, "/completions", **body)
    assert "".join(event["choices"][0]["text"] for event in events) == choice["text"]


def test_log_probabilities_of_a_prompt_equal_a_forward_pass(tiny_server: Server, reference: Reference) -> None:
    tokens = [reference.tokenizer(prompt)["input_ids"] for prompt in PROMPTS]
    body = {"prompt": tokens, "echo": True, "logprobs": 2, "max_tokens": 0}
    choices = ask(tiny_server.base_url, "/completions", **body)["choices"]
    assert [choice["text"] for choice in choices] == PROMPTS
    for choice, ids in zip(choices, tokens, strict=True):
        scored = choice["logprobs"]
        assert scored["token_logprobs"][0] is None
        assert scored["token_logprobs"][1:] == pytest.approx(reference.logprobs(ids), abs=1e-4)
        assert scored["tokens"] == [reference.tokenizer.decode([token]) for token in ids]
        for token, start in zip(scored["tokens"], scored["text_offset"], strict=True):
            assert choice["text"].startswith(token, start)
        for own, top in zip(scored["token_logprobs"][1:], scored["top_logprobs"][1:], strict=True):
            assert 2 <= len(top) <= 3
            assert own in top.values()


def test_log_probabilities_of_a_chat(tiny_server: Server, reference: Reference) -> None:
    body = {"messages": [{"role": "user", "content": "night"}], "max_tokens": 6, "temperature": 0.8, "seed": 5}
    answer = ask(tiny_server.base_url, "/chat/completions", logprobs=True, top_logprobs=3, **body)
    content = answer["choices"][0]["logprobs"]["content"]
    prompt = reference.tokenizer("<|user|>night<|end|><|assistant|>")["input_ids"]
    new = [reference.tokenizer.convert_tokens_to_ids(token["token"].replace(" ", "Ġ")) for token in content]
    assert [token["logprob"] for token in content] == pytest.approx(reference.logprobs(prompt + new)[-6:], abs=1e-4)
    assert all(len(token["top_logprobs"]) in (3, 4) for token in content)


def test_lm_eval_reads_the_scores(tiny_server: Server, reference: Reference) -> None:
    """Its local-completions client sends token ids with max_tokens 1 and leaves that token out, whatever it is."""
    from lm_eval.models.openai_completions import LocalCompletionsAPI

    pairs = [
        ("the dome of", " an observatory"),
        ("at night", " the mirror cools"),
        ("a", "<|end|>"),
        ("the" * 254, " a"),
    ]
    ids = [[reference.tokenizer(text)["input_ids"] for text in pair] for pair in pairs]
    answer = ask(
        tiny_server.base_url,
        "/completions",
        model="Tiny-1.0",
        prompt=[before + after for before, after in ids],
        temperature=0,
        max_tokens=1,
        logprobs=1,
        seed=1234,
        echo=True,
    )
    scores = LocalCompletionsAPI.parse_logprobs(answer, ctxlens=[len(before) for before, _ in ids])
    for (before, after), (logprob, greedy) in zip(ids, scores, strict=True):
        expected = reference.logprobs(before + after)[-len(after) :]
        assert logprob == pytest.approx(sum(expected), abs=1e-4)
        assert not greedy


def test_replies_end_with_the_context(tiny_server: Server) -> None:
    prompt = [5] * (CONTEXT_LENGTH - 10)
    answer = ask(tiny_server.base_url, "/completions", prompt=prompt, max_tokens=10_000, temperature=0)
    assert answer["usage"]["completion_tokens"] <= 11
    status, body = post(tiny_server.base_url, "/completions", {"prompt": [5] * (CONTEXT_LENGTH + 1)})
    assert (status, body["error"]["code"]) == (400, "context_length_exceeded")
    assert "257" in body["error"]["message"]


CROWDS = 10


@pytest.mark.parametrize("streaming", [False, True])
def test_disconnected_client_frees_its_slot(tiny_server: Server, streaming: bool) -> None:
    """The crowds would keep the server busy for longer than the limit of `ask`, a minute."""
    crowd = {
        "prompt": "the",
        "n": 128,
        "max_tokens": 250,
        "stream": streaming,
        "temperature": 2,
        "stop": ["never comes"],
    }
    crowds = [connect(tiny_server.base_url) for _ in range(CROWDS)]
    for connection in crowds:
        send(connection, "/completions", crowd)
    if streaming:
        crowds[0].getresponse().read(1)
    else:
        crowds[0].sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            crowds[0].sock.recv(1)
    for connection in crowds:
        connection.close()
    ask(tiny_server.base_url, "/completions", prompt="a", max_tokens=2)


@pytest.mark.parametrize(
    ("route", "body", "status", "said"),
    [
        ("/completions", {"prompt": "a", "model": "other"}, 404, "served: Tiny-1.0, /"),
        ("/completions", b"{nonsense", 400, "not JSON"),
        ("/completions", b"[" * 100_000, 400, ""),
        ("/completions", b" " * (17 * 2**20), 413, "16,777,216 bytes"),
        ("/completions", {}, 400, "prompt"),
        ("/completions", {"prompt": []}, 400, "sequences"),
        ("/completions", {"prompt": ""}, 400, "empty"),
        ("/completions", {"prompt": [1, 10**9]}, 400, "token id"),
        ("/completions", {"prompt": "a", "temperature": 3}, 400, "temperature"),
        ("/completions", {"prompt": "a", "max_tokens": -1}, 400, "max_tokens"),
        ("/completions", {"prompt": "a", "stop": 5}, 400, "stop: "),
        ("/completions", {"prompt": ["a"] * 100, "n": 100}, 400, "1024"),
        ("/completions", b'{"prompt": "\\ud800"}', 400, "prompt"),
        ("/chat/completions", {"messages": []}, 400, "messages"),
        ("/chat/completions", {"messages": [{"role": "king", "content": "a"}]}, 400, "role"),
        (
            "/chat/completions",
            {"messages": [{"role": "user", "content": "a"}], "top_logprobs": 99},
            400,
            "top_logprobs",
        ),
        ("/nothing", {}, 404, ""),
    ],
)
def test_invalid_requests_get_openais_error_format(
    tiny_server: Server, route: str, body: dict[str, Any] | bytes, status: int, said: str
) -> None:
    answered, answer = post(tiny_server.base_url, route, body)
    assert answered == status, answer
    assert set(answer["error"]) == {"message", "type", "param", "code"}
    assert said in answer["error"]["message"]


def test_models_props_and_health_routes(tiny_server: Server, tiny_model: Path) -> None:
    def get(route: str) -> tuple[int, bytes]:
        with closing(connect(tiny_server.base_url)) as connection:
            connection.request("GET", route)
            response: http.client.HTTPResponse = connection.getresponse()
            return response.status, response.read()

    assert get("/health")[0] == 200
    assert get("/props") == (200, b'{"total_slots":16}')
    assert get("/docs")[0] == 200
    assert f'"id":"{tiny_model}"'.encode() in get("/v1/models")[1]
