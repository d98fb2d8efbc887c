import pytest

from core.evaluation.multiple_choice.scoring import FullChoices, chosen, guesser_note, letter_note, model_result
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task


def test_the_choice_with_the_highest_log_likelihood_or_per_character() -> None:
    choices = ("no", "certainly not")
    assert chosen((-3.0, -6.0), choices, "acc") == 0
    assert chosen((-3.0, -6.0), choices, "acc_norm") == 1
    assert chosen((-3.0, None), choices, "acc") is None


def test_scores_are_the_unweighted_mean_of_tasks() -> None:
    tasks = [Task(name, (Question("Q", ("a", "b"), 0),) * n) for name, n in (("one", 1), ("two", 3))]
    answers = {"one": {0: (-1.0, -2.0)}, "two": dict.fromkeys(range(3), (-2.0, -1.0))}
    result = model_result("m", "acc", tasks, answers, {"evaluator": "labtop"})
    assert (result.score, result.n, result.details) == (0.5, 4, {"evaluator": "labtop"})


def given_away(count: int) -> list[Task]:
    question = Question("Who keeps the light?", ("Tom keeps the light", "Rain falls", "Snow falls", "Hail falls"), 0)
    return [Task("easy", (question,) * count)]


def test_a_set_that_can_be_guessed_is_reported_with_the_figure() -> None:
    full = FullChoices.of(given_away(120))
    assert full is not None
    note = guesser_note(full)
    assert note is not None and "100% of 120 questions" in note.message and "shares most words" in note.message


def test_a_few_questions_may_be_guessed_by_chance() -> None:
    full = FullChoices.of(given_away(1))
    assert full is not None and guesser_note(full) is None


@pytest.mark.parametrize("choices", [tuple("ABCD"), (" A", " B", " C", " D"), ("(A)", "(B)", "(C)", "(D)")])
def test_letters_are_not_guessed(choices: tuple[str, ...]) -> None:
    assert FullChoices.of([Task("letters", (Question("Which?", choices, 1),))]) is None


def test_one_letter_that_is_always_right_is_reported() -> None:
    def task(answers: list[int]) -> Task:
        return Task("letters", tuple(Question("Which?", tuple("ABCD"), answer) for answer in answers))

    note = letter_note([task([0] * 60 + [1, 2, 3] * 20)])
    assert note is not None and "always A answers 50% of 120 questions" in note.message
    assert letter_note([task([0, 1, 2, 3] * 30)]) is None
    assert letter_note([task([0, 0, 1])]) is None, "a few may be so by chance"
    assert letter_note(given_away(120)) is None
