"""The training lines of the source documents, word for word except for the program's name, on a processor.

The model is a tiny one by the name of the documents' student, in the folder where a download puts it, and the data is
in the folder of generated datasets, so nothing has to be added to a line. Changed are only the names of files that the
documents leave open (`<knowledge-train-messages-jsonl-file>`, `<name-of-model>`).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.jobs.folder import JobStore
from core.jobs.observe import read_state
from tests.core.training.conftest import ROWS, write_rows
from tests.tui.cli.running import labtop

pytestmark = pytest.mark.slow

STUDENT = "granite-7b-starter"


@pytest.fixture
def data(own_home: Path, student: Path) -> Path:
    """The folder of generated datasets, next to the student."""
    shutil.copytree(student, own_home / "labtop" / "cache" / "models" / STUDENT)
    folder = own_home / "labtop" / "data" / "datasets"
    folder.mkdir(parents=True)
    for subject in ("knowledge", "skills"):
        write_rows(folder / f"{subject}_train_msgs_2024-08-12T20_54_21.jsonl")
    return folder


def words_of(line: str, data: Path) -> list[str]:
    """The words after the program's name, with the names of files that the documents leave open."""
    documents = "~/.local/share/instructlab/datasets/"
    for name, value in {
        f"{documents}<knowledge-train-messages-jsonl-file>": data / "knowledge_train_msgs_2024-08-12T20_54_21.jsonl",
        f"{documents}<skills-train-messages-jsonl-file>": data / "skills_train_msgs_2024-08-12T20_54_21.jsonl",
        "<name-of-model>": STUDENT,
    }.items():
        line = line.replace(name, str(value))
    program, *words = line.split()
    assert program == "ilab"
    return words


@pytest.mark.parametrize(
    ("line", "epochs"),
    [
        ("ilab train --num-epochs 9", 9),
        ("ilab model train --model-name <name-of-model>", 10),
        (
            "ilab model train --strategy lab-multiphase"
            " --phased-phase1-data ~/.local/share/instructlab/datasets/<knowledge-train-messages-jsonl-file>"
            " --phased-phase2-data ~/.local/share/instructlab/datasets/<skills-train-messages-jsonl-file>",
            7 + 10,
        ),
    ],
)
def test_line_of_the_documents_trains(data: Path, line: str, epochs: int) -> None:
    done = labtop(*words_of(line, data), timeout=300)
    assert "Serve it with: labtop model serve --model-path " in done.stdout
    (job,) = JobStore().list()
    result = read_state(job).result
    assert result is not None
    checkpoints = result.get("checkpoints") or [each for phase in result["phases"] for each in phase["checkpoints"]]
    assert len(checkpoints) == epochs
    assert STUDENT in json.dumps(job.spec.options)
    best = Path(done.stdout.strip().rpartition(" ")[2])
    assert json.loads((best / "config.json").read_text())["num_hidden_layers"] == 1


@pytest.mark.parametrize(
    ("line", "backend", "checkpoints"),
    [
        ("ilab model train", "none", 10),
        ("ilab train --num-samples 4999", "none", 10),
        ("ilab model train --distributed-backend fsdp", "fsdp", 10),
    ],
)
def test_line_of_the_documents_is_a_plan(data: Path, line: str, backend: str, checkpoints: int) -> None:
    """The same trainings as above, so what they would do is enough."""
    result = json.loads(labtop(*words_of(line, data), "--dry-run", "--json").stdout)
    assert Path(result["model"]).name == STUDENT
    assert result["memory"]["backend"] == backend
    assert [each["checkpoints"] for each in result["trainings"]] == [checkpoints]
    assert result["trainings"][0]["samples"] == 2 * len(ROWS)
