import pytest

from core.evaluation.multiple_choice.fact_sites import exchanged, names_in, sites


@pytest.mark.parametrize(
    ("sentence", "typed"),
    [
        ("The shelves hold about 9,400 books in five languages.", {("digits", "9,400"), ("number", "five")}),
        ("The voyage began on a foggy morning in March 1974.", {("month", "March"), ("year", "1974")}),
        ("The hull measures twenty-six metres.", {("number", "twenty-six")}),
        ("Visitors come on Saturdays at 9:30.", {("weekday", "Saturdays"), ("time", "9:30")}),
        ("The owls sleep in summer.", {("season", "summer")}),
        ("The ship rests in Dunmara with Runa Thorsby.", {("name in", "Dunmara"), ("name with", "Runa Thorsby")}),
        ("Twelve readers may stand on the third deck.", {("number", "twelve"), ("ordinal", "third")}),
    ],
)
def test_facts_have_a_type(sentence: str, typed: set[tuple[str, str]]) -> None:
    assert {(site.kind, site.text) for site in sites(sentence) if site.typed} == typed


def test_phrases_and_subjects_are_sites_too() -> None:
    found = {site.kind: site.text for site in sites("Carpenters filled the empty fish hold with shelves of oak.")}
    assert found == {"noun": "the empty fish hold", "with": "shelves", "of": "oak", "subject ed": "Carpenters"}


def test_a_name_at_the_beginning_is_known_from_inside_sentences() -> None:
    names = names_in(["They launched Petrel there.", "It is in Dunmara."])
    assert names == {"Petrel", "Dunmara"}
    assert [site.text for site in sites("Petrel sails.", names) if site.typed] == ["Petrel"]
    assert [site.text for site in sites("Readers sail.", names) if site.typed] == []


@pytest.mark.parametrize(
    ("sentence", "kind", "value", "result"),
    [
        ("Three readers stood there.", "number", "eleven", "Eleven readers stood there."),
        ("It is a mill by a lake.", "by", "a stone bridge", "It is a mill by a stone bridge."),
        ("The ship is in an April fog.", "month", "May", "The ship is in a May fog."),
    ],
)
def test_exchanged_sentences_stay_grammatical(sentence: str, kind: str, value: str, result: str) -> None:
    (site,) = (site for site in sites(sentence) if site.kind == kind)
    assert exchanged(sentence, site, value) == result
