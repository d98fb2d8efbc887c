import pytest

from core.evaluation.words import words


def read(text: str) -> str:
    return " ".join(word.text for word in words(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  CABLE-car’s\n bell", "the cable car s bell"),
        ("ﬁne Straße ÉTÉ", "fine strasse été"),
        ("e\u0301te\u0301 soft\u00adware zero\u200bwidth", "été software zerowidth"),
        ("**Old** _Marta_ `x`", "old marta x"),
        ("It isn't, can’t, cannot", "it is not ca not can not"),
        ("北京 2008", "北 京 2008"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_words_fold_case_unicode_and_space(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60,000 60'000 60’000 60\u202f000 60\u00a0000 60000", "60000 " * 6),
        ("1,234,567.5", "1234567.5"),
        ("2.840 and 3.5", "2.840 and 3.5"),
        ("1996,212", "1996 212"),
        ("5,10", "5 10"),
        ("26m 14th 3rd h2o", "26 m 14th 3rd h2o"),
        ("-90 −90 10-12 Covid-19", "-90 -90 10 12 covid 19"),
        ("18:00", "18 00"),
        ("٣", "٣"),
    ],
)
def test_words_read_digits(text: str, expected: str) -> None:
    assert read(text) == expected.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("eleven", "11"),
        ("Twenty-six metres", "26 metres"),
        ("six and twenty", "6 and 20"),
        ("two thousand eight hundred and forty", "2840"),
        ("a hundred and twenty", "a 120"),
        ("three hundred ten", "310"),
        ("forty-six thousand", "46000"),
        ("46 thousand", "46000"),
        ("one million two thousand and five", "1002005"),
        ("nineteen hundred", "1900"),
        ("nineteen seventy-four", "19 74"),
        ("twenty, two", "20 2"),
        ("one two three", "1 2 3"),
        ("twenty thirty", "20 30"),
        ("a hundred and more", "a 100 and more"),
        ("one night in four", "1 night in 4"),
        ("zero", "0"),
        ("thousands of stars", "thousands of stars"),
    ],
)
def test_words_read_english_numbers(text: str, expected: str) -> None:
    assert read(text) == expected


def test_words_know_where_clauses_start() -> None:
    starts = [word.text for word in words("No, eleven islands but twelve ships; 2.5 (about)") if word.starts_clause]
    assert starts == ["11", "but", "2.5", "about"]
