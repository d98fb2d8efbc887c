"""libyaml's tokens and events, also of a text that it refuses for a tab: a block whose first line starts with one.

Code in a block is often indented by tabs (make, Go). While libyaml counts how deep a block is indented it takes no tab;
PyYAML's own reader, which InstructLab uses, does. So libyaml is given a letter for that tab: everything keeps its
place, and only the value has to be read by the other reader, which is some thirty times slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

LONGEST = 100_000
"""Characters of a text that the slow reader is given: a second's work. The community's largest leaf has 37,000."""

_FIRST_TAB = re.compile(
    r"^(?P<lead> *(?:- +)*)(?P<key>(?:[\w-]+|\"[\w-]+\"|'[\w-]+') *: +)?(?:[!&]\S* +)*"
    r"[|>][-+\d]{0,2}(?: *| +#[^\n]*)\n(?: *[\n\x85\u2028\u2029])*(?P<indent> *)\t",
    re.MULTILINE,
)


def readable(text: str) -> str:
    """A text for libyaml: as long as the one that is meant, and with the same tokens at the same places."""
    return _FIRST_TAB.sub(_stood_in, text) if "\t" in text and len(text) <= LONGEST else text


def tokens(text: str) -> Iterator[yaml.Token]:
    """The tokens of a text, of which just the places count."""
    return yaml.scan(readable(text), Loader=yaml.CSafeLoader)


def events(text: str) -> Iterator[yaml.Event]:
    """The events of a text, of which just the places and the kinds count."""
    return yaml.parse(readable(text), Loader=yaml.CSafeLoader)


def _stood_in(block: re.Match[str]) -> str:
    around = len(block["lead"]) if block["key"] else block["lead"].rfind("-")
    is_deeper = 0 <= around < len(block["indent"])
    return f"{block[0][:-1]}x" if is_deeper else block[0]
