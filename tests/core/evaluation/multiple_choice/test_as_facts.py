from __future__ import annotations

from pathlib import Path

from core.evaluation.facts import read_facts
from core.evaluation.multiple_choice.as_facts import facts_of_tasks, write_facts
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task


def asked(question: str, answer: str) -> Question:
    return Question(question, ("Nobody knows.", answer, "No.", "Yes."), 1)


QUESTIONS = (
    asked("How many islands get books?", "The Petrel brings books to eleven islands in 1974."),
    asked("Who reads fairy tales?", "A retired teacher named Gwen Aldous reads them."),
    asked("What is the ship?", "The ship is a library."),
    asked("Do eleven islands get books?", "Books go to eleven islands."),
)


def test_numbers_and_names_that_the_question_does_not_contain_are_terms() -> None:
    pairs = facts_of_tasks([Task("ship", QUESTIONS)]).plain
    assert [(pair.question, pair.terms) for pair in pairs] == [
        ("How many islands get books?", (("11",), ("1974",))),
        ("Who reads fairy tales?", (("Gwen",), ("Aldous",))),
    ]


def test_limit_is_per_task() -> None:
    tasks = [Task("ship", QUESTIONS), Task("other", (asked("When?", "It was in 1931."),))]
    assert len(facts_of_tasks(tasks, limit=1).plain) == 2


def test_written_file_is_read_back(tmp_path: Path) -> None:
    questions = facts_of_tasks([Task("ship", QUESTIONS)])
    write_facts(tmp_path / "new" / "asked.yaml", questions)
    assert read_facts(tmp_path / "new" / "asked.yaml").plain == questions.plain
