"""A vLLM server of `labtop model serve`: ready, streams, log-probabilities, an adapter, labtop's own clients, its end.

The tests share the server, and the last one ends it.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.jobs.processes import is_gone
from core.serving.client import list_models
from core.serving.lifecycle import start_server
from tests.core.serving.http import ask, stream
from tests.tui.cli.running import labtop
from tests.vllm.conftest import Served
from tests.waiting import wait_until

PROMPT = "the dome of an observatory turns slowly at night"

QUESTION = [{"role": "user", "content": "the keeper writes in a book"}]


def completed(url: str, **more: Any) -> Any:
    return ask(url, "/completions", prompt=PROMPT, temperature=0, **more)["choices"][0]


def test_ready(served: Served, granite: Path) -> None:
    assert list_models(served.base_url) == ["granite-tiny", str(granite), "birds"]
    assert served.output.startswith("Back end: vllm")
    assert f"vLLM engine successfully started at {served.base_url}\n" in served.output
    assert f"start at {served.base_url}, this might take a moment... Attempt: 2/300\n" in served.messages


def test_stream(served: Served) -> None:
    body: dict[str, Any] = {"model": "granite-tiny", "messages": QUESTION, "temperature": 0, "max_tokens": 12}
    whole = ask(served.base_url, "/chat/completions", **body)
    pieces = list(stream(served.base_url, "/chat/completions", **body))
    text = "".join(piece["choices"][0]["delta"].get("content") or "" for piece in pieces if piece["choices"])
    assert text == whole["choices"][0]["message"]["content"] != ""
    assert len(pieces) > 3


def test_log_probabilities_are_those_of_the_embedded_server(served: Served, granite: Path, tmp_path: Path) -> None:
    body: dict[str, Any] = {"echo": True, "logprobs": 1, "max_tokens": 1}
    there = completed(served.base_url, model="granite-tiny", **body)["logprobs"]["token_logprobs"]
    with start_server(granite, log_file=tmp_path / "log", threads=1, ready_seconds=180) as embedded:
        here = completed(embedded.base_url, **body)["logprobs"]["token_logprobs"]
    assert there[0] is None and here[0] is None and len(here) > 5
    shared = min(len(here), len(there))
    assert there[1:shared] == pytest.approx(here[1:shared], abs=1e-3)


def test_adapter_answers_under_its_own_name(served: Served) -> None:
    base, adapted = (completed(served.base_url, model=name, max_tokens=8) for name in ("granite-tiny", "birds"))
    assert base["text"] != adapted["text"] != ""


def test_chat_command(served: Served) -> None:
    asked = ("--qq", QUESTION[0]["content"], "--endpoint-url", served.base_url, "-m", "birds")
    done = labtop("model", "chat", *asked, "-t", "0", "--max-tokens", "9", "--json", timeout=180)
    answer = json.loads(done.stdout)
    assert (answer["model"], answer["tokens"], bool(answer["answer"])) == ("birds", 9, True)


def test_generate_command(served: Served, tmp_path: Path) -> None:
    """A random teacher writes nothing useful, but every request, each with a seed, is answered."""
    root = tmp_path / "taxonomy"
    skill = root / "compositional_skills" / "rhymes"
    skill.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    seeds = "".join(f"\n  - question: Task {number}?\n    answer: Answer {number}." for number in range(5))
    head = "version: 3\ncreated_by: tester\ntask_description: Rhyme."
    (skill / "qna.yaml").write_text(f"{head}\nseed_examples:{seeds}\n")
    arguments = ["--taxonomy-path", root, "--taxonomy-base", "empty", "--output-dir", tmp_path / "data"]
    arguments += ["--endpoint-url", served.base_url, "--model", "granite-tiny"]
    arguments += ["--sdg-scale-factor", "2", "--max-num-tokens", "24", "--wait-minutes", "1", "--json"]
    done = labtop("data", "generate", *map(str, arguments), status=1, timeout=200)
    message = json.loads(done.stdout)["error"]["message"]
    replies = re.fullmatch(r"Nothing that the teacher wrote could be used: (\d+) replies.*", message)
    assert replies is not None and int(replies[1]) > 0, message
    assert "birds" in list_models(served.base_url)


def test_crash_restart_and_stop(served: Served) -> None:
    left = served.tree
    next(each for each in left if "EngineCor" in " ".join(each.cmdline())).kill()
    wait_until(lambda: "Starting it again" in served.messages, 120, "the notice of the crash")
    assert "vLLM's engine, the process that computes, ended unexpectedly." in served.messages
    assert all(map(is_gone, left))
    served.wait_ready(2)
    assert list_models(served.base_url)[0] == "granite-tiny"
    left = served.tree
    assert len(left) >= 4
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(120) == 0
    assert all(map(is_gone, left))
    assert served.output.endswith("The server has ended.\n")
