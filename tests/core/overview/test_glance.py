"""What happened lately, and the scores of guessers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.jobs.board import JobBoard
from core.jobs.folder import JobStore
from core.overview.glance import Glance, GlanceReader
from core.overview.read import OverviewReader, Sources
from core.overview.recent import happened
from core.taxonomy.git.history import Commit, checked_out, newest_commits
from tests.core.overview.jobs import FakeJob, model_folder
from tests.core.taxonomy.leaves import commit_all, git, skill, write

LEAF = "compositional_skills/writing/letters/qna.yaml"


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    root = tmp_path / "taxonomy"
    write(root / LEAF, skill())
    commit_all(root, "Add letters")
    return root


def glance_of(reader: GlanceReader, taxonomy: Path) -> Glance:
    return reader.read(Sources(taxonomy, "main"), JobBoard(JobStore()).read())


def test_history_of_a_taxonomy(taxonomy: Path, tmp_path: Path) -> None:
    write(taxonomy / "notes.md", "x")
    commit_all(taxonomy, "evil \x1b[2J\x1f subject")
    newest, oldest = newest_commits(taxonomy, 5)
    assert (oldest.subject, newest.subject.isprintable(), checked_out(taxonomy)) == ("Add letters", True, "main")
    assert abs(newest.when - time.time()) < 600
    assert newest_commits(taxonomy, 1) == (newest,)
    git(taxonomy, "checkout", "--quiet", "--detach")
    assert checked_out(taxonomy) == ""
    assert (newest_commits(tmp_path / "none", 5), checked_out(tmp_path / "none")) == ((), "")


def test_events_are_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeJob("generate", 900).end("cancelled").write("generate-first")
    FakeJob("train", 600).end("failed", error="The disk is full.").write("train-second")
    running = FakeJob("evaluate", 30).start("evaluate").write("evaluate-third")
    lock = running.take_lock()
    jobs = JobBoard(JobStore()).read()
    events = happened(jobs, [Commit("abc", time.time() - 700, "Add letters")], 10)
    assert [(event.what, event.job) for event in events] == [
        ("started", "evaluate-third"),
        ("failed", "train-second"),
        ("started", "train-second"),
        ("committed", None),
        ("cancelled", "generate-first"),
        ("started", "generate-first"),
    ]
    assert events[1].text == "train-second: The disk is full."
    assert happened(jobs, (), 2) == tuple(events[:2])
    os.close(lock)


def test_a_resumed_job_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = FakeJob("train", 60).end().write("train-new")
    spec = folder.path / "spec.json"
    spec.write_text(spec.read_text().replace('"resumes": null', '"resumes": "train-old"'))
    (ended, resumed) = happened(JobBoard(JobStore()).read(), (), 5)
    assert (ended.what, resumed.what, resumed.text) == ("succeeded", "resumed", "train-old as train-new")


def test_git_is_read_again_only_after_a_change(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, read = GlanceReader(OverviewReader(JobStore())), 0

    def counted(root: Path, limit: int) -> tuple[Commit, ...]:
        nonlocal read
        read += 1
        return newest_commits(root, limit)

    monkeypatch.setattr("core.overview.glance.newest_commits", counted)
    first = glance_of(reader, taxonomy)
    assert glance_of(reader, taxonomy) == first
    assert read == 1
    write(taxonomy / "notes.md", "x")
    commit_all(taxonomy, "Add notes")
    assert [event.text for event in glance_of(reader, taxonomy).events] == ["Add notes", "Add letters"]
    git(taxonomy, "switch", "--quiet", "-c", "add/rhymes")
    assert glance_of(reader, taxonomy).branch == "add/rhymes"
    assert read == 3


def test_multiple_choice_has_a_guesser(taxonomy: Path, tmp_path: Path) -> None:
    scores = {"base": {"score": 0.2, "stderr": 0.03}, "tuned": {"score": 0.9, "stderr": 0.02, "questions": 131}}
    guessed = {"plain": {**scores, "guesser": {"score": 0.5, "questions": 131}}, "free": {"base": None, "tuned": None}}
    result = {"best": str(model_folder(tmp_path / "samples_8")), "benchmark": "facts", "plain": scores, "free": None}
    FakeJob("run", 60).end(result={**result, "multiple_choice": guessed}).write()
    best = glance_of(GlanceReader(OverviewReader(JobStore())), taxonomy).overview.best
    assert best is not None
    assert [(one.kind, one.guesser and one.guesser.score) for one in best.comparisons] == [
        ("plain", None),
        ("plain, 4 choices", 0.5),
    ]
