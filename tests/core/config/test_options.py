"""An option is declared once: the table is up to date, and one new field reaches every place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest

from core.config import generate
from core.config.commands import COMMANDS
from core.config.describe import describe
from core.config.options.base import ExistingFile, Options, Positive, Share, follows, once, option
from core.config.settings import SECTION_MODELS, Settings

ROOT = Path(__file__).parents[3]


def test_generated_table_is_up_to_date() -> None:
    assert generate.FILE.read_text() == generate.render(), "run: python -m core.config.generate"


def test_lint_page_is_up_to_date() -> None:
    page = generate.LINT_PAGE.read_text()
    assert page == generate.render_lint_page(page), "run: python -m core.config.generate"


def test_every_option_has_a_help_text() -> None:
    for name, model in COMMANDS.items():
        assert [row.name for row in describe(model).options if not row.help] == [], name


def test_every_section_is_a_field_of_the_settings() -> None:
    sections = {model.section: model for model in COMMANDS.values() if model.section}
    assert sections == SECTION_MODELS
    assert {name: Settings.model_fields[name].annotation for name in sections} == sections


def test_describe_uses_the_type_of_a_field() -> None:
    class Some(Options):
        several: Annotated[tuple[str, ...], option(unit="words")] = ()
        share: Share | None = None
        number: Annotated[Positive, once("--count", "-c")] = 2

    several, share, number = describe(Some).options
    assert (several.kind, several.several, several.flags, several.unit) == ("text", True, ("--several",), "words")
    assert (share.kind, share.minimum, share.maximum, share.in_file) == ("float", 0, 1, True)
    assert (number.kind, number.above, number.default, number.in_file) == ("int", 0, 2, False)
    assert number.flags == ("--count", "-c")


def test_field_that_follows_a_setting_has_no_option() -> None:
    class Some(Options):
        base: Annotated[str, follows("generate.taxonomy_base", given=False)] = ""
        rules: Annotated[ExistingFile | None, once(metavar="RULES")] = None

    base, rules = describe(Some).options
    assert (base.follows, base.flags, base.in_file) == ("generate.taxonomy_base", (), False)
    assert (rules.kind, rules.must_exist, rules.metavar) == ("file", True, "RULES")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program, to change."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("core", "tui", "widgets", "profiles", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def run(copy: Path, code: str, *arguments: str, **environment: str) -> str:
    """What a program prints that runs in the copy; its exit status must be 0."""
    command = [sys.executable, "-c", code, *arguments]
    env = {**os.environ, "PYTHONPATH": str(copy), **environment}
    done = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


LABTOP = "from tui.cli.main import main; main()"
SPEC = """
import json, sys
import tui.cli.jobs.follow
tui.cli.jobs.follow.run_job = lambda **job: print(json.dumps(job["options"]))
from tui.cli.main import main
main()
"""


ARRIVED = """
import json, sys
from core.training.arguments import TrainArguments
print(TrainArguments.from_data(json.loads(sys.argv[1])).label_smoothing)
"""


def test_new_field_reaches_file_help_show_and_worker(copy: Path, tmp_path: Path) -> None:
    file = copy / "core/config/options/train.py"
    field = '    label_smoothing: Annotated[Share, option(unit="share")] = 0.125\n    """Spread over wrong tokens."""\n'
    head, first, rest = file.read_text().partition("    num_epochs: Epochs = 10\n")
    file.write_text(f"{head}{field}{first}{rest}".replace("    Seed,\n", "    Seed,\n    Share,\n", 1))
    run(copy, "import runpy; runpy.run_module('core.config.generate', run_name='__main__')")

    assert "--label-smoothing SHARE" in run(copy, LABTOP, "model", "train", "--help")
    run(copy, LABTOP, "config", "init", "--non-interactive")
    config = Path(os.environ["LABTOP_HOME"]) / "config" / "config.yaml"
    assert "  # Spread over wrong tokens.\n  # label_smoothing: 0.125  # share\n" in config.read_text()
    assert "# default" in line(run(copy, LABTOP, "config", "show", "-k", "train"))
    variable = {"LABTOP_TRAIN_LABEL_SMOOTHING": "0.5"}
    assert "# LABTOP_TRAIN_LABEL_SMOOTHING" in line(run(copy, LABTOP, "config", "show", **variable))
    config.write_text("train:\n  label_smoothing: 0.25\n")
    assert "# config.yaml:2" in line(run(copy, LABTOP, "config", "show"))

    student = tmp_path / "student"
    student.mkdir()
    (student / "config.json").write_text('{"model_type": "llama"}')
    (student / "tokenizer.json").write_text("{}")
    (student / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (tmp_path / "rows.jsonl").write_text("{}\n")
    ask = ("model", "train", "--model-path", str(student), "--data-path", str(tmp_path / "rows.jsonl"))
    assert json.loads(run(copy, SPEC, *ask))["train"]["label_smoothing"] == 0.25
    given = json.loads(run(copy, SPEC, *ask, "--label-smoothing", "0.5"))
    assert given["train"]["label_smoothing"] == 0.5
    assert run(copy, ARRIVED, json.dumps(given["train"])) == "0.5\n"


def line(shown: str) -> str:
    """The line of the new setting."""
    return next(line for line in shown.splitlines() if "label_smoothing:" in line)
