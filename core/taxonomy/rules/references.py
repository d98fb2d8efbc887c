"""Questions that speak of a passage, which whoever is asked them later does not see."""

from __future__ import annotations

import re

_WORK = r"(?:text|document|article|paragraph)"
_TEXT = rf"(?:{_WORK}|section)"
_SHOWN = r"(?:table|figure|chart|diagram|graph|image|picture)"
_PASSAGE = r"(?:passage|excerpt)"
_WHOLE = rf"(?:{_PASSAGE}|{_TEXT}|{_SHOWN}|context)"

_SAYS = (
    r"(?:says?|states?|mentions?|describes?|tells?|explains?|discuss(?:es)?|suggests?|implies|imply|shows?|lists?"
    r"|gives?|covers?|argues?|claims?|concludes?)"
)
_END = r"(?=\s*(?:[?.,;!]|$))"
_GOES_ON = (
    rf"(?=\s*(?:[?.,;!)]|$)|\s+(?:is|are|was|were|do|does|did|has|have|can|what|who|which|how|when|where|why|about"
    rf"|above|below|provided|given|{_SAYS})\b)"
)
"""What follows a noun that stands for itself; `the text editor` and `the passage of time` are something else."""

_REFERENCE = re.compile(
    rf"\bthe\s+(?:{_PASSAGE}|{_WORK})\s+{_SAYS}\b(?!\s+(?:when|if)\b)"
    rf"|\bthis\s+{_WHOLE}\b{_GOES_ON}"
    # With a colon behind it, the question holds what it speaks of.
    rf"|\bthe\s+following\s+(?:{_PASSAGE}|text|document|article|{_SHOWN})\b{_GOES_ON}(?![^?]*:)"
    rf"|\bthe\s+(?:above|preceding|aforementioned|provided)\s+{_WHOLE}\b{_GOES_ON}"
    rf"|\bthe\s+given\s+{_WHOLE}\s+{_SAYS}\b"
    rf"|\bthe\s+(?:given\s+)?{_PASSAGE}\s+(?:about|above|below|provided|given)\b"
    rf"|\b(?:in|from)\s+the\s+(?:given\s+)?{_PASSAGE}\b{_END}"
    rf"|^\W*in\s+the\s+(?:text|article|{_PASSAGE})\s*,"
    rf"|\b(?:inferred|concluded|learned|learnt)\s+from\s+the\s+(?:{_TEXT}|{_PASSAGE})\b{_END}"
    rf"|\bthe\s+(?:{_WORK}|{_PASSAGE})['’]s\s+(?:main|author|title|purpose|conclusion|argument)"
    rf"|\bthe\s+{_WHOLE}\s+(?:above|below|provided)\b(?:{_END}|(?=\s+(?:{_SAYS}|is|are|what|who|which|how|about)\b))"
    rf"|\bthe\s+{_SHOWN}\s+(?:says?|shows?|lists?|tells?|suggests?)\b(?:{_END}|(?=\s+(?:about|us)\b))"
    rf"|\b(?:is|are)\s+the\s+{_TEXT}\s+about{_END}"
    rf"|\bmain\s+(?:idea|point|topic|theme|subject|message|argument)s?\s+of\s+the\s+(?:{_TEXT}|{_PASSAGE})\b{_END}"
    rf"|^\W*summari[sz]e\s+the\s+{_TEXT}\b{_END}"
    rf"|\baccording\s+to\s+(?:the\s+(?:{_TEXT}|{_SHOWN}|author)|passage)\b{_GOES_ON}"
    rf"|(?:^|[,;(])[^\w,;(]*(?:according\s+to|based\s+on|per)\s+the\s+(?:{_WHOLE})\b{_GOES_ON}"
    rf"|\b(?:stated|mentioned|described|listed|discussed)\s+in\s+the\s+(?:first\s+|second\s+|third\s+|last\s+)?"
    rf"(?:{_TEXT}|{_SHOWN})\b{_END}"
    rf"|\b(?:shown|given)\s+in\s+the\s+{_SHOWN}\b{_END}"
    rf"|\bthe\s+author\s+(?:{_SAYS}|think|mean|believe|feel)\b(?![^?]*\bin\s+(?-i:[A-Z]))"
    rf"|\b(?:according\s+to|based\s+on|using)\s+(?:this|the\s+(?:above|given|provided))\s+information\b"
    rf"|\bthe\s+information\s+(?:above|below|provided|given){_END}"
    rf"|(?<!of\s)\bthe\s+above(?:{_END}|(?=\s+{_SAYS}\b))"
    rf"|\b(?:mentioned|described|listed|shown|stated)\s+(?:above|below){_END}"
    rf"|\bas\s+(?:mentioned|described|stated|discussed|shown)\s+(?:earlier|before|previously)\b",
    re.IGNORECASE,
)


def reference_in(question: str) -> tuple[int, int] | None:
    """Where a question speaks of a passage, a document or a part of one that only stands beside it."""
    match = _REFERENCE.search(question)
    return match.span() if match else None
