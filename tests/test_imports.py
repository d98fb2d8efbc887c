"""Each face, in a fresh interpreter, loads only what it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "transformers", "lm_eval", "vllm", "deepspeed", "datasets", "fastapi", "peft", "bitsandbytes"}

FACES = {
    "help": (
        "import tui.cli.main as m; m.cli(['--help'], standalone_mode=False)",
        HEAVY | {"textual", "pydantic", "rich"},
    ),
    "help of every command": (
        """
import click, tui.cli.main as m
from click.testing import CliRunner
def ask(group, *path):
    for name in group.list_commands(None):
        assert CliRunner().invoke(m.cli, [*path, name, '--help']).exit_code == 0
        if isinstance(command := group.get_command(None, name), click.Group):
            ask(command, *path, name)
ask(m.cli)
""",
        HEAVY | {"textual", "pydantic", "rich"},
    ),
    "completion": (
        """
import contextlib, os
os.environ.update(_LABTOP_COMPLETE='bash_complete', COMP_WORDS='labtop model train --num', COMP_CWORD='3')
import tui.cli.main as m
with contextlib.suppress(SystemExit):
    m.cli(prog_name='labtop')
""",
        HEAVY | {"textual", "pydantic", "rich"},
    ),
    "lint": ("import tui.cli.taxonomy.commands", HEAVY | {"textual", "pydantic", "git", "openai", "aiohttp"}),
    "process list": (
        "import tui.cli.main as m; m.cli(['process', 'list'], standalone_mode=False)",
        HEAVY | {"textual", "pydantic", "openai"},
    ),
    "generate": ("import tui.cli.data.commands", HEAVY | {"textual", "openai"}),
    "train": ("import tui.cli.model.train", HEAVY | {"textual", "openai"}),
    "evaluate": ("import tui.cli.model.evaluate", HEAVY | {"textual", "openai"}),
    "chat": ("import tui.cli.model.chat.command", HEAVY | {"textual"}),
    "workbench": ("import tui.app", HEAVY | {"openai"}),
    "runner": ("import core.jobs.runner", HEAVY | {"textual", "click", "pydantic", "openai"}),
    "quickstart": ("import core.quickstart.job", HEAVY | {"textual", "click", "openai"}),
    "run": ("import tui.cli.run", HEAVY | {"textual", "pydantic", "git", "openai"}),
    "run's job": ("import core.workflow.job", HEAVY | {"textual", "click", "openai"}),
}


@pytest.mark.parametrize("face", FACES)
def test_a_face_loads_only_what_it_needs(face: str) -> None:
    code, forbidden = FACES[face]
    check = f"{code}\nimport sys, json\nprint('LOADED', *(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert not loaded & forbidden
