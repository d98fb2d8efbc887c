"""What the generation tests share: a leaf of each kind, the rule server, and a worker process."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.events import Data, Reporter
from core.sdg.worker import generate
from core.taxonomy.format.leaf import DocumentText, Leaf, QuestionAnswer, SeedExample

ROOT = Path(__file__).parents[3]

TOPICS = ("lamp", "dome", "mirror", "clock", "garden", "archive", "tower", "bridge")


def document(sections: int = 4, sentences: int = 5) -> str:
    parts = ["# The Quiet Observatory"]
    for number in range(sections):
        topic = TOPICS[number % len(TOPICS)]
        facts = " ".join(f"The {topic} number {number} has {index + 2} parts of brass." for index in range(sentences))
        parts.append(f"## The {topic} ({number})\n\n{facts}")
    return "\n\n".join(parts) + "\n"


def knowledge_leaf(text: str | None = None, seeds: int = 2) -> Leaf:
    return Leaf(
        path="knowledge/science/observatory",
        kind="knowledge",
        seeds=tuple(
            SeedExample(
                f"Context {number}.",
                tuple(QuestionAnswer(f"Question {number}.{pair}?", f"Answer {pair}.") for pair in range(3)),
            )
            for number in range(seeds)
        ),
        domain="astronomy",
        outline="About an observatory.",
        documents=(DocumentText("observatory.md", document() if text is None else text),),
    )


def freeform_leaf() -> Leaf:
    seeds = tuple(
        SeedExample("", (QuestionAnswer(f"Rhyme word {number}?", f"Rhyme {number}."),)) for number in range(5)
    )
    return Leaf("compositional_skills/writing/rhymes", "freeform_skill", seeds, task="Find rhymes.")


def grounded_leaf() -> Leaf:
    seeds = tuple(
        SeedExample(f"Note {number}.", (QuestionAnswer(f"Sum up note {number}.", f"It says {number}."),))
        for number in range(5)
    )
    return Leaf("compositional_skills/grounded/summary", "grounded_skill", seeds, task="Sum up notes.")


class RuleServer:
    """A running rule server, or one that answers by other rules."""

    def __init__(self, port: int, process: subprocess.Popen[str], *, tls: bool = False) -> None:
        self.process = process
        self.port = port
        self.root = f"http{'s' if tls else ''}://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"

    def statistics(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.root}/seen", timeout=60) as response:
            data: dict[str, Any] = json.load(response)
            return data

    def hold(self, after: int) -> None:
        """Let no replies go after so many, so that a run cannot end meanwhile; with 0, let all go."""
        urllib.request.urlopen(f"{self.root}/hold?after={after}", timeout=60).close()

    @property
    def seen(self) -> Counter[str]:
        """How often each prompt was asked."""
        return Counter(self.statistics()["seen"])


@contextmanager
def rule_server(*options: object, module: str = "tests.core.sdg.rule_server") -> Iterator[RuleServer]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield RuleServer(int(process.stdout.readline()), process, tls="--certificate" in options)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def arguments(server: RuleServer | str, output: Path, *leaves: Leaf, **more: Any) -> dict[str, Any]:
    return {
        "output_dir": str(output),
        "endpoint_url": server if isinstance(server, str) else server.url,
        "model": "rules",
        "leaves": [leaf.to_data() for leaf in leaves or (knowledge_leaf(),)],
        "chunk_word_count": 45,
        "sdg_scale_factor": 6,
        **more,
    }


def run(*values: Any, **more: Any) -> dict[str, Any]:
    return generate(arguments(*values, **more), Reporter.silent())


class RecordingReporter(Reporter):
    """A reporter that keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Data]] = []
        super().__init__(lambda kind, _stage, data: self.events.append((kind, data)))

    def of(self, kind: str) -> list[Data]:
        return [data for name, data in self.events if name == kind]


def lines(path: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def contents(result: dict[str, Any]) -> dict[str, str]:
    """Every file of a run by its name without the time, with the time and place taken out of its text."""
    folder = Path(result["output_dir"])
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.relative_to(folder).parts[0].startswith("."):
            name = str(path.relative_to(folder)).replace(result["timestamp"], "TS")
            found[name] = path.read_text().replace(str(folder), "DIR").replace(result["timestamp"], "TS")
    return found
