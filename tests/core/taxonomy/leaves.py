"""Leaves to test with, and git repositories to put them in."""

from __future__ import annotations

import subprocess
from pathlib import Path

SHA = "951999afdc59c46d325493568193b40bd5439c9e"


def knowledge(repo: str = "https://example.org/docs.git", commit: str = SHA, patterns: str = "['*.md']") -> str:
    """A valid knowledge leaf of version 3."""
    lines = ["version: 3", "domain: birds", "created_by: someone", "seed_examples:"]
    for context in range(5):
        lines += [
            "  - context: |",
            f"      Bird {context} sings.",
            "",
            "      # It is loud.",
            "    questions_and_answers:",
        ]
        for pair in range(3):
            lines += [f"      - question: What does bird {context} do {pair}?", f"        answer: It sings {pair}."]
    lines += ["document_outline: All about birds", "document:"]
    lines += [f"  repo: {repo}", f"  commit: {commit}", f"  patterns: {patterns}"]
    return "\n".join(lines) + "\n"


def skill(version: int | None = 3, examples: int = 5, context: bool = False) -> str:
    """A valid skill leaf."""
    lines = [] if version is None else [f"version: {version}"]
    lines += ["created_by: someone", "task_description: Add numbers", "seed_examples:"]
    for number in range(examples):
        lines += [f"  - question: What is {number} + 1?", f"    answer: {number + 1}, exactly."]
        lines += [f"    context: The number {number}."] if context else []
    return "\n".join(lines) + "\n"


def edited(text: str, old: str, new: str) -> str:
    """A text with one stretch replaced, which must be there."""
    assert old in text
    return text.replace(old, new, 1)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit_all(folder: Path, message: str = "change") -> str:
    """Commit everything in a repository (made when it is not there), and name the commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")
