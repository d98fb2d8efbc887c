"""The text of a unit, and that systemd reads it as it was meant."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.serving.service.unit import ServiceUnit, environment_text, unit_text

HOSTILE = (
    "a b",
    "100%h",
    "$HOME ${HOME} $$",
    "\"q\" 's'",
    "back\\slash",
    "new\nline",
    ";",
    "",
    "ö",
    "\udcff",
    "#x",
    "@y",
)


def line(text: str, key: str) -> str:
    (found,) = (each for each in text.splitlines() if each.startswith(f"{key}="))
    return found.removeprefix(f"{key}=")


def test_every_character_of_a_command_is_escaped() -> None:
    unit = ServiceUnit("x", "x", ("/opt/a b%$/labtop", *HOSTILE))
    assert line(unit_text(unit), "ExecStart") == (
        '"/opt/a b%%$/labtop" "a b" "100%%h" "$$HOME $${HOME} $$$$" "\\"q\\" \'s\'" "back\\\\slash" "new\\x0aline" '
        '";" "" "ö" "\\xff" "#x" "@y"'
    )


def test_variables_and_files_are_escaped() -> None:
    unit = ServiceUnit("x", "50%", ("/x",), {"A": 'v "1" %h $x\\\n'}, Path("/a b/%h.env"))
    text = unit_text(unit)
    assert line(text, "Environment") == '"A=v \\"1\\" %%h $x\\\\\\x0a"'
    assert line(text, "EnvironmentFile") == "/a b/%%h.env"
    assert line(text, "Description") == "50%%"
    assert environment_text({"KEY": 'a"b\\c$d`e %h #'}) == 'KEY="a\\"b\\\\c\\$d\\`e %h #"\n'


def test_values_that_systemd_cannot_have() -> None:
    for unit in (
        ServiceUnit("x", "x", ('/a"b/labtop',)),
        ServiceUnit("x", "x", ("/a\\b/labtop",)),
        ServiceUnit("x", "two\nlines", ("/x",)),
        ServiceUnit("x", "x", ("/x",), environment_file=Path("/a\nb")),
    ):
        with pytest.raises(LabtopError, match="A service cannot"):
            unit_text(unit)
    with pytest.raises(LabtopError, match="KEY contains a line break"):
        environment_text({"KEY": "a\nb"})


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "a b%$" / "labtop"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "secrets file").write_text(environment_text({"KEY": "value"}))
    unit = ServiceUnit("x", "x", (str(program), *HOSTILE), {"A": "v %h"}, tmp_path / "secrets file")
    file = tmp_path / "labtop-serve.service"
    file.write_text(unit_text(unit))
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "LC_ALL": "C"}
    checked = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(file)], capture_output=True, text=True, env=environment, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
