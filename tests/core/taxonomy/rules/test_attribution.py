"""The findings about the attribution.txt next to a leaf."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.taxonomy.format.attribution import FIELDS, missing_in, template
from core.taxonomy.lint import lint_file
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.second_pass import SecondPass
from tests.core.taxonomy.leaves import knowledge, skill, write

OPTIONS = AdviceOptions()

ATTRIBUTION = """\
Title of work: Birds
Link to work: -
Revision: 1
License of the work: CC-BY-SA-4.0
Creator names: Someone
"""


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (None, "attribution-missing", "there is no attribution.txt next to this leaf"),
        ("\n", "attribution-missing", "there is no attribution.txt next to this leaf"),
        (ATTRIBUTION.replace("Revision: 1", "Revision:"), "attribution-incomplete", "is incomplete: Revision"),
        (
            "Title of work: Birds\n",
            "attribution-incomplete",
            "incomplete: Link to work, Revision, License of the work,",
        ),
        (ATTRIBUTION + "\nTitle of work: Fish\n", "attribution-incomplete", "incomplete: Link to work, Revision"),
        (ATTRIBUTION + "\n" + ATTRIBUTION, None, None),
        (ATTRIBUTION.upper().replace("LICENSE", "Licence"), None, None),
    ],
)
def test_attribution(tmp_path: Path, content: str | None, code: str | None, message: str | None) -> None:
    path = write(tmp_path / "knowledge/birds/qna.yaml", knowledge())
    if content is not None:
        write(path.with_name("attribution.txt"), content)
    found = lint_file(path, SecondPass(OPTIONS))
    assert [one.code for one in found] == ([code] if code else [])
    assert message is None or message in found[0].message


def test_a_skill_needs_no_revision_and_version_1_no_attribution(tmp_path: Path) -> None:
    path = write(tmp_path / "compositional_skills/a/qna.yaml", skill())
    write(path.with_name("attribution.txt"), ATTRIBUTION.replace("Revision: 1\n", ""))
    assert lint_file(path, SecondPass(OPTIONS)) == []
    old = write(tmp_path / "compositional_skills/b/qna.yaml", skill(1))
    assert lint_file(old, SecondPass(OPTIONS)) == []


TITLE, LINK, *REST = ATTRIBUTION.splitlines(keepends=True)
LINK_FIRST = "".join([LINK, TITLE, *REST])


@pytest.mark.parametrize(
    "text",
    [
        "Source: Wikipedia\n" + ATTRIBUTION,
        LINK_FIRST,
        f"{LINK_FIRST}\n{LINK_FIRST}",
        f"{LINK_FIRST}\n{ATTRIBUTION}",
        "\ufeff" + ATTRIBUTION,
        "".join(f"- {line}" for line in ATTRIBUTION.splitlines(keepends=True)),
        "".join(f"**{line.replace(':', '**:')}" for line in ATTRIBUTION.splitlines(keepends=True)),
        "".join(f"**{line.replace(':', ':**')}" for line in ATTRIBUTION.splitlines(keepends=True)),
        ATTRIBUTION.replace(": Someone", ":\n- Someone\n- Someone else"),
        ATTRIBUTION.replace(": -", ":\n  https://example.org/birds"),
        ATTRIBUTION.replace(":", "："),
    ],
)
def test_complete_file_in_another_layout(text: str) -> None:
    assert missing_in(text, "knowledge") == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Source: Wikipedia\n" + TITLE, list(FIELDS[1:])),
        (f"{LINK_FIRST}\n{LINK}{TITLE}", list(FIELDS[2:])),
        (f"{TITLE}{ATTRIBUTION}", list(FIELDS[1:])),
        (ATTRIBUTION.replace(": Someone", ":\nNotes: Someone"), ["Creator names"]),
        (ATTRIBUTION.replace("Revision: 1", "Revision: …"), ["Revision"]),
        (ATTRIBUTION.replace("Revision: 1", "Revision: TODO look it up"), ["Revision"]),
        (template("knowledge"), list(FIELDS)),
    ],
)
def test_missing_fields(text: str, missing: list[str]) -> None:
    assert missing_in(text, "knowledge") == missing
