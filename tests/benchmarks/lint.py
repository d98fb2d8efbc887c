"""Lint of a tree of 220 leaves compared with InstructLab's schema package, of one text, and of one file by the command.

Run as `python -m tests.benchmarks.lint`; prints one JSON line. The peer is given a part of the leaves, as `ilab` runs
it, since it takes half a minute for all: compare seconds per leaf.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.taxonomy.documents.fetch import Document
from core.taxonomy.lint import lint_paths, lint_text
from core.taxonomy.rules import settings as rule_settings
from core.taxonomy.rules.documents import DocumentText
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.peer import rejects
from tests.core.taxonomy.second_pass import advise

SKILLS, KNOWLEDGE = 200, 20
PEER_EACH = 11
"""Every so many-th leaf is given to the peer, so that the kinds keep their proportion."""

BIN = Path(sys.executable).parent
PATH = Path("knowledge/river/qna.yaml")


def passage(number: int, length: int = 110) -> str:
    """Prose of so many words, other ones for each number."""
    words = [f"{('reed', 'otter', 'weir', 'ferry')[at % 4]}{(number * 131 + at * 7) % 997}" for at in range(length)]
    return " ".join(words)


def knowledge(number: int, contexts: int) -> str:
    """A valid leaf of about 1.5 KB a context."""
    lines = ["version: 3", "domain: rivers", "created_by: someone", "seed_examples:"]
    for context in range(contexts):
        prose = passage(number * 1000 + context).split()
        lines += ["  - context: |", *(f"      {' '.join(prose[at : at + 11])}" for at in range(0, len(prose), 11))]
        lines.append("    questions_and_answers:")
        for pair in range(3):
            asked, said = " ".join(prose[pair * 9 : pair * 9 + 6]), " ".join(prose[50 + pair * 9 : 57 + pair * 9])
            lines += [f"      - question: Who has {asked}?", f"        answer: Those of {said}."]
    lines += ["document_outline: All about rivers", "document:", "  repo: https://example.org/rivers.git"]
    lines += [f"  commit: {'a' * 40}", "  patterns:", "    - '*.md'"]
    return "\n".join(lines) + "\n"


def skill(number: int) -> str:
    """A valid leaf of about 1.2 KB."""
    lines = ["version: 3", "created_by: someone", "task_description: Tell what comes next", "seed_examples:"]
    for seed in range(6):
        prose = passage(500_000 + number * 100 + seed, 20).split()
        lines += [f"  - question: What comes after {' '.join(prose[:8])}?", f"    answer: {' '.join(prose[8:])}."]
    return "\n".join(lines) + "\n"


def tree(folder: Path) -> list[Path]:
    """A taxonomy of 220 leaves."""
    texts = {f"compositional_skills/s{number}": skill(number) for number in range(SKILLS)}
    texts |= {f"knowledge/k{number}": knowledge(number, 7) for number in range(KNOWLEDGE)}
    files = []
    for name, text in texts.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "attribution.txt").write_text("Title of work: A\nLink to work: -\nRevision: 1\n")
        files.append(folder / name / "qna.yaml")
        files[-1].write_text(text)
    return files


def milliseconds(work: Callable[[], object], runs: int = 25) -> float:
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return round(1000 * statistics.median(taken), 2)


def one_text(contexts: int) -> dict[str, float]:
    """Both passes over a text in memory, as the workbench does while one types."""
    text, options = knowledge(0, contexts), AdviceOptions()
    assert not lint_text(text, PATH)
    documents = DocumentText([Document("rivers.md", "\n\n".join(passage(at) for at in range(60)))])
    return {
        "kilobytes": round(len(text) / 1000, 1),
        "schema_and_style_ms": milliseconds(lambda: lint_text(text, PATH)),
        "rules_beyond_ms": milliseconds(lambda: advise(text, PATH, options, documents)),
    }


def whole_process(arguments: list[str], home: Path, runs: int) -> float:
    environment = {**os.environ, "LABTOP_HOME": str(home)}
    command = [str(BIN / "labtop"), "taxonomy", "lint", *arguments]
    run = lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=False)  # noqa: E731
    return round(milliseconds(run, runs) / 1000, 3)


def main() -> None:
    logging.disable(logging.CRITICAL)
    os.environ["PATH"] = str(BIN)  # the peer calls yamllint by name
    with tempfile.TemporaryDirectory() as name:
        home, folder = Path(name, "home"), Path(name, "tree")
        files = tree(folder)
        options = rule_settings.read(home / "none.yaml")
        both = milliseconds(lambda: lint_paths([folder], options), 5) / 1000
        report = lint_paths([folder], options)
        assert report.errors == 0
        given = files[::PEER_EACH]
        started = time.perf_counter()
        assert not any(rejects(file) for file in given)
        peer_each = (time.perf_counter() - started) / len(given)
        result = {
            "benchmark": "lint",
            "leaves": report.files,
            "tree_seconds": round(both, 3),
            "tree_first_pass_seconds": round(milliseconds(lambda: lint_paths([folder]), 5) / 1000, 3),
            "tree_process_seconds": whole_process([str(folder)], home, 3),
            "peer_leaves": len(given),
            "peer_ms_a_leaf": round(1000 * peer_each, 2),
            "labtop_ms_a_leaf": round(1000 * both / report.files, 3),
            "ratio": round(peer_each * report.files / both, 1),
            "leaf": one_text(7),
            "large_leaf": one_text(26),
            "file_process_seconds": whole_process([str(folder / "knowledge/k0/qna.yaml")], home, 7),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
