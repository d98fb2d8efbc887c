"""Leaves that are well written, of which the rules beyond the schema have nothing to say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.taxonomy.lint import lint_text
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import SHA
from tests.core.taxonomy.second_pass import advise

Pairs = Sequence[tuple[str, str]]

KNOWLEDGE: dict[str, list[tuple[str, Pairs]]] = {
    "markup": [
        (
            "Pictures come into a page by the <img> element, which is never closed. Its alt attribute says in words "
            "what is to be seen, for those who cannot see it.",
            [
                ("Which element puts a picture in the document?", "The img element."),
                ("What is alt good for?", "Blind readers learn from it what the picture is about."),
                ("Must an img element be closed?", "No."),
            ],
        ),
        (
            "Rows of a <table> are <tr> elements. A cell is a <td>, and one that heads a column a <th>.",
            [
                ("What is a row of a table?", "A tr element."),
                ("What is a heading of a column?", "A th element."),
                ("How many kinds of cells are there?", "Two."),
            ],
        ),
        (
            "A style sheet picks elements by selectors. A dot stands before a class, a number sign before a name.",
            [
                ("What does . mean in a selector?", "A class follows."),
                ("What does # mean in a selector?", "A name follows."),
                ("How do you find a given element by its name?", "With a number sign in front."),
            ],
        ),
        (
            "A form is sent with GET or POST. With GET all that was typed shows in the address, with POST it does not.",
            [
                ("What does GET show?", "Whatever was typed."),
                ("When is POST better?", "If there are secrets, such as a password."),
                ("How does a person fill the text in a form?", "By typing."),
            ],
        ),
        (
            "Scripts run where they stand, unless they are deferred. A deferred script runs when the page is read.",
            [
                ("When does a deferred script run?", "Once the whole page has been read."),
                ("When does any other script run?", "On the spot."),
                ("What is derived from the context of a script?", "Its rights."),
            ],
        ),
    ],
    "patterns": [
        (
            "A class in square brackets stands for one character. In [xyz] it is one of those listed, in [^xyz] any "
            "other.",
            [
                ("What does [xyz] match?", "An x, a y or a z."),
                ("What does [^xyz] match?", "All but x, y and z."),
                ("How many characters does a class match?", "One."),
            ],
        ),
        (
            r"The sign \d stands for a digit and \D for all that is none.",
            [
                (r"What does \d match?", "A digit."),
                (r"What does \D match?", "Whatever is no digit."),
                (r"Does \d match a letter?", "No."),
            ],
        ),
        (
            "A + repeats what stands before it at least once, and a * as often as there is more, or not at all.",
            [
                ("What does a+ match?", "One a or several."),
                ("What does a* match?", "Also nothing."),
                ("Which sign asks for one at least?", "The plus."),
            ],
        ),
        (
            "The caret matches where a line begins, the dollar sign where it ends.",
            [
                ("How do you find the last word in the text?", "Put a dollar sign behind a word."),
                ("Which sign matches at the end of a line?", "$"),
                ("Which sign matches at the start of a line?", "^"),
            ],
        ),
        (
            "A group stands in round brackets. Its number, behind a backslash, stands for what it matched.",
            [
                (r"What does \1 match?", "The same as the first group did."),
                (r"What does \2 match?", "The same as the second group did."),
                ("What is put in round brackets?", "A group."),
            ],
        ),
    ],
    "measures": [
        (
            "A pound is 16 ounces, and a stone is 14 pounds. An ounce is 28.35 grams.",
            [
                ("How many ounces are in a stone?", "224 ounces."),
                ("How do you turn pounds into ounces?", "Multiply by 16."),
                ("How do you turn ounces into pounds?", "Divide by sixteen."),
            ],
        ),
        (
            "The mill was built in 1802 and burnt down 57 years later. In 1870 it was sold to the town.",
            [
                ("When did it burn down?", "In 1859."),
                ("In which century was the mill built?", "The nineteenth."),
                ("How long after it was built was it sold?", "68 years."),
            ],
        ),
        (
            "Deci stands for a tenth and centi for a hundredth. A metre is ten decimetres.",
            [
                ("How many centimetres are in a metre?", "There are 100."),
                ("How long are three metres in decimetres?", "Thirty."),
                ("Is a decimetre longer than a centimetre?", "Yes, ten times."),
            ],
        ),
        (
            "The course takes 14 days. On each of them two lessons of 45 minutes are given.",
            [
                ("How long is the course?", "A fortnight."),
                ("How long does one learn on each day?", "An hour and a half."),
                ("How long is it if 3 days are added?", "17 days."),
            ],
        ),
        (
            "The tower is 40 metres high. From its top one sees the islands, which lie 12 miles away.",
            [
                ("How high is the tower?", "About 130 feet."),
                ("What is seen from above sea level there?", "The islands."),
                ("Which town lies below Table Hill?", "None."),
            ],
        ),
    ],
    "food": [
        (
            "Stoats hunt voles. Voles eat grass and roots, and gnaw at young trees when snow lies.",
            [
                ("What do voles eat?", "Grass and roots."),
                ("What eats voles?", "The stoat."),
                ("Why do foresters dislike voles?", "Saplings die of their bites in winter."),
            ],
        ),
        (
            "A cuckoo lays its egg in the nest of another bird. The young cuckoo throws the others out.",
            [
                ("Does the host feed the cuckoo?", "It does."),
                ("Does the cuckoo feed the host?", "Never."),
                ("What becomes of the host's own young?", "They perish early."),
            ],
        ),
        (
            "Bees take nectar from flowers and carry pollen from one to the next. So the flowers bear fruit.",
            [
                ("What do bees give to flowers?", "Pollen of other ones."),
                ("What do flowers give to bees?", "Nectar."),
                ("How is pollen carried by bees?", "It clings to their hair."),
            ],
        ),
        (
            "Beavers dam brooks, and ponds form. Frogs and dragonflies come to live there, and herons to fish.",
            [
                ("Who dams brooks?", "Beavers do."),
                ("Why do herons come?", "They find plenty to catch."),
                ("What is described as a pond?", "Standing water behind a dam."),
            ],
        ),
        (
            "Lichens are fungi that live with algae. They grow on bare stone, and so slowly that some are very old.",
            [
                ("What is a lichen?", "A union of two beings."),
                ("What does a lichen do?", "It grows, though hardly anybody would notice."),
                ("Where do lichens grow?", "On naked rock."),
            ],
        ),
    ],
    "in another language": [
        (
            "Die Glocke wurde 1411 gegossen und hing zuerst im Turm der alten Kirche.",
            [
                ("Wann wurde die Glocke gegossen?", "Im fünfzehnten Jahrhundert."),
                ("Wo hing sie zuerst?", "Im Kirchturm, bevor man ihn wegen großer Schäden abtragen ließ."),
                ("Wer goss sie?", "Das weiß man nicht."),
            ],
        ),
        (
            "Der Müller mahlte das Korn der Bauern und behielt den zehnten Teil.",
            [
                ("Was behielt der Müller?", "Ein Zehntel des Mehls durfte er als seinen Lohn behalten."),
                ("Wem mahlte er?", "Den Bauern."),
                ("Was mahlte er?", "Getreide."),
            ],
        ),
        (
            "Im Winter froren die Bäche zu, und das Rad stand still.",
            [
                ("Wann stand das Rad still?", "Während des Frosts."),
                ("Warum drehte es sich nicht?", "Weil Eis den Lauf des Wassers hemmte und nichts mehr floss."),
                ("Was fror zu?", "Die Bäche."),
            ],
        ),
        (
            "Der Weg zum Markt führte über zwei Pässe und dauerte drei Tage.",
            [
                ("Wie lange dauerte der Weg?", "Drei Tage."),
                ("Worüber führte er?", "Über Berge."),
                ("Wohin führte er?", "Zum Handelsplatz."),
            ],
        ),
        (
            "Die Kinder hüteten im Sommer das Vieh auf den Almen.",
            [
                ("Wer hütete das Vieh?", "Die Kinder."),
                ("Wo wurde gehütet?", "Hoch oben."),
                ("Wann wurde gehütet?", "Sommers."),
            ],
        ),
    ],
}

SKILLS: dict[str, Pairs] = {
    "words that sound alike": [
        ("Write a sentence with 'its'.", "The cat licks its paw."),
        ("Write a sentence with 'it's'.", "It's late."),
        ("Write a sentence with 'whose'.", "Whose hat is this?"),
        ("Write a sentence with 'who's'.", "Who's there?"),
        ("Write a sentence with 'then'.", "Then it rained."),
    ],
    "order": [
        ("Order from old to young: Ann 9, Bo 7", "Ann, Bo"),
        ("Order from young to old: Ann 9, Bo 7", "Bo, Ann"),
        ("Order by name: oak, elm, ash", "ash, elm, oak"),
        ("Order by name: elm, oak, ash", "ash, elm, oak"),
        ("Order by length: oak, birch", "oak, birch"),
    ],
    "letters": [
        ("Write as a title: a room with a view", "A Room with a View"),
        ("Write as a title: A ROOM WITH A VIEW", "A Room with a View"),
        ("Write as a title: a room With A view", "A Room with a View"),
        ("Write in capitals: view", "VIEW"),
        ("Write in small letters: View", "view"),
    ],
    "numbers of words": [
        ("What is the plural of 'wolf'?", "wolves"),
        ("What is the plural of 'wolves'?", "It is one."),
        ("What is the singular of 'wolves'?", "wolf"),
        ("Is 'wolf' a plural?", "No."),
        ("Is 'wolves' a plural?", "Yes."),
    ],
    "translation": [
        ("Say in Spanish: I sing.", "Canto."),
        ("Say in Spanish: You sing.", "Cantas."),
        ("Say in Spanish: You sang.", "Cantaste."),
        ("Say in Spanish: The dog bites the man.", "El perro muerde al hombre."),
        ("Say in Spanish: The man bites the dog.", "El hombre muerde al perro."),
    ],
}


def knowledge_leaf(name: str, seeds: Sequence[tuple[str, Pairs]]) -> str:
    lines = ["version: 3", f"domain: {name}", "created_by: someone", "seed_examples:"]
    for context, pairs in seeds:
        lines += ["  - context: |", f"      {context}", "    questions_and_answers:"]
        lines += [line for pair in pairs for line in pair_lines(pair, "      ")]
    lines += [f"document_outline: About {name}", "document:", "  repo: https://example.org/docs.git"]
    lines += [f"  commit: {SHA}", "  patterns: ['*.md']"]
    return "\n".join(lines) + "\n"


def skill_leaf(name: str, pairs: Pairs) -> str:
    lines = ["version: 3", "created_by: someone", f"task_description: About {name}", "seed_examples:"]
    return "\n".join([*lines, *(line for pair in pairs for line in pair_lines(pair, "  "))]) + "\n"


def pair_lines(pair: tuple[str, str], margin: str) -> list[str]:
    question, answer = (json.dumps(text, ensure_ascii=False) for text in pair)
    return [f"{margin}- question: {question}", f"{margin}  answer: {answer}"]


LEAVES = {
    **{name: ("knowledge", knowledge_leaf(name, seeds)) for name, seeds in KNOWLEDGE.items()},
    **{name: ("compositional_skills", skill_leaf(name, pairs)) for name, pairs in SKILLS.items()},
}


@pytest.mark.parametrize("name", LEAVES)
def test_good_leaf_has_no_findings(name: str) -> None:
    kind, text = LEAVES[name]
    path = Path(kind, "a/qna.yaml")
    assert [str(found) for found in lint_text(text, path) if found.code != "line-length"] == []
    assert [(str(found), text.splitlines()[found.line - 1]) for found in advise(text, path, AdviceOptions())] == []
