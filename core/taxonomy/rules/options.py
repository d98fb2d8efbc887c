"""The rules beyond the schema and their limits, as declared in `core/config/options/lint.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.config.option_table import TABLE
from core.taxonomy.format.diagnostics import Severity

Level = Literal["off", "warning", "error"]

RULES = tuple(row.name.replace("_", "-") for row in TABLE["lint"].options if row.choices)
"""The code of every rule of the second pass. All are warnings unless the settings say otherwise."""


def _default(name: str) -> float:
    return float(str(TABLE["lint"].default(name)))


@dataclass(frozen=True)
class AdviceOptions:
    """What the second pass of lint looks for: the section `lint` of the settings, and its defaults."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    """By code; a rule that is not named is a warning."""
    max_context_words: int = int(_default("max_context_words"))
    max_question_words: int = int(_default("max_question_words"))
    max_answer_words: int = int(_default("max_answer_words"))
    pairs_per_context: int = int(_default("pairs_per_context"))
    similar_context_share: float = _default("similar_context_share")
    min_answer_support: float = _default("min_answer_support")
    min_context_match: float = _default("min_context_match")
    max_changed_leaves: int = int(_default("max_changed_leaves"))

    def severity(self, code: str) -> Severity | None:
        """How severe a finding of a rule is; None when the rule is off."""
        level = self.levels.get(code, "warning")
        return None if level == "off" else level
