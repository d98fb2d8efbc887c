"""Tables of the command line."""

from __future__ import annotations

from tui.cli.output import table

HEADS = ["NAME", "SIZE", "STATE", "PATH"]
ROWS = [["granite", "12.6 GB", "complete", "/models/granite"], ["tiny", "1 MB", "", "/models/tiny"]]


def test_table_folds_what_the_terminal_has_no_room_for() -> None:
    assert table(HEADS, ROWS, width=24) == "\n".join(
        [
            "NAME     SIZE",
            "  STATE",
            "  PATH",
            "granite  12.6 GB",
            "  complete",
            "  /models/granite",
            "tiny     1 MB",
            "  /models/tiny",
        ]
    )
    assert table(HEADS, ROWS, width=44) == table(HEADS, ROWS), "all columns fit"
    assert max(map(len, table(HEADS, ROWS, width=43).splitlines())) <= 43
    assert table(HEADS, ROWS).splitlines()[1] == "granite  12.6 GB  complete  /models/granite"
