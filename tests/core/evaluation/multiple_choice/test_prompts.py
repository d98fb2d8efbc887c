"""What is scored; the same texts as lm-eval's are compared in test_worker.py."""

from __future__ import annotations

from core.evaluation.multiple_choice.prompts import examples_of, messages_of, scored_texts
from core.evaluation.multiple_choice.tokens import TokenRequest, shared_prefix
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task

QUESTIONS = tuple(Question(f"Where {n}?", (f"here {n}", f"there {n}"), n % 2) for n in range(4))
OTHERS = tuple(Question(f"When {n}?", ("now", "never"), 1) for n in range(3))


def test_examples_of_a_split_are_the_same_for_all_questions() -> None:
    shown = list(examples_of(Task("t", QUESTIONS, examples=OTHERS), 2))
    assert [list(examples) for examples in shown] == [list(OTHERS[:2])] * 4


def test_examples_never_include_the_question() -> None:
    shown = list(examples_of(Task("t", QUESTIONS), 2))
    assert [list(examples) for examples in shown] == [
        [QUESTIONS[1], QUESTIONS[2]],
        [QUESTIONS[0], QUESTIONS[2]],
        [QUESTIONS[0], QUESTIONS[1]],
        [QUESTIONS[0], QUESTIONS[1]],
    ]


def test_plain_texts_and_conversations() -> None:
    task = Task("t", QUESTIONS[:1], few_shots=1, description="About places.\n\n", examples=OTHERS)
    (text,) = scored_texts(task, None, None)
    assert text.context == "About places.\n\nWhen 0? never\n\nWhere 0?"
    assert text.continuations == (" here 0", " there 0")
    (messages,) = messages_of(task, None)
    assert [(message["role"], message["content"]) for message in messages] == [
        ("system", "About places.\n\n"),
        ("user", "When 0?"),
        ("assistant", "never"),
        ("user", "Where 0?"),
    ]
    (text,) = scored_texts(task, 0, lambda messages: f"<{len(messages)}>")
    assert (text.context, text.continuations) == ("<2>", ("here 0", "there 0"))


def test_shared_prefix_leaves_each_context_a_token() -> None:
    def prefix(*contexts: tuple[int, ...]) -> int:
        return shared_prefix([TokenRequest(context, ((9,),)) for context in contexts])

    assert prefix((1, 2, 3, 4), (1, 2, 5)) == 2
    assert prefix((1, 2, 3), (1, 2, 3)) == 2
    assert prefix((1,), (1, 2)) == 0
    assert prefix((4, 5), (3, 5)) == 0
