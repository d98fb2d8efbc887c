import json
import subprocess
import sys
from pathlib import Path

import click.testing
import pytest

from core.monitor.checkpoint_space import CheckpointSpace
from core.monitor.processes import ProcessRow
from core.monitor.report import process_data, space_data
from core.system.gpu import Gpu, GpuProcess, GpuReading
from core.system.host import read_host
from core.system.info import to_data, version
from tui.cli.system import render_info, system

GIB = 2**30
CARDS = GpuReading(
    gpus=(
        Gpu(0, "NVIDIA L40S", "GPU-1", 48 * GIB, 12 * GIB, 0.87, 61, 212.5, 350.0, (GpuProcess(41, GIB),)),
        Gpu(1, "NVIDIA A2", *[None] * 8),
        Gpu(2, *[None] * 9, lost=True),
    ),
    driver="550.54.15",
    cuda="12.4",
)


PROCESSES = [
    process_data(
        ProcessRow(4300, "worker 0: train", True, "worker", "train-k3f9x", "lena", 0.5, GIB, 11 * GIB, (0,), 60.0)
    ),
    process_data(ProcessRow(977, "python", False, "foreign")),
]
CHECKPOINTS = space_data(CheckpointSpace("train-k3f9x", Path("/data"), 4, 54 * GIB, 12 * GIB))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path))


def test_info_prints_one_json_document() -> None:
    done = click.testing.CliRunner().invoke(system, ["info", "--json"])
    assert done.exit_code == 0, done.output
    data = json.loads(done.output)
    assert list(data) == ["platform", "labtop", "packages", "gpus", "processes", "checkpoints", "gpu_plan"]
    assert data["packages"]["transformers"] == version("transformers")
    assert data["platform"]["memory"]["total"] > 0


def test_render_info_shows_gpus_and_unknown_values(tmp_path: Path) -> None:
    page = render_info({**to_data(read_host(), CARDS), "processes": PROCESSES, "checkpoints": CHECKPOINTS})
    lines = [line.split(maxsplit=1) for line in page.splitlines()]
    assert ["0:", "NVIDIA L40S, 12.0 GiB used of 48.0 GiB, 87% busy, 61 °C, 212 W"] in lines
    assert ["1:", "NVIDIA A2"] in lines
    assert ["2:", "lost by the driver"] in lines
    assert ["4300:", "worker 0: train, job train-k3f9x, 1.0 GiB of memory, 11.0 GiB of GPU memory"] in lines
    assert ["977:", "python (not of labtop)"] in lines
    assert ["needed:", "about 54.0 GiB"] in lines
    assert ["free:", "12.0 GiB: too little"] in lines
    assert ["driver:", "550.54.15, up to CUDA 12.4"] in lines
    assert ["jobs:", str(tmp_path / "state" / "jobs")] in lines


def test_render_info_without_a_gpu() -> None:
    done = click.testing.CliRunner().invoke(system, ["info"])
    assert done.exit_code == 0
    data = {**to_data(read_host(), GpuReading(absent="No card here.")), "processes": [], "checkpoints": None}
    lines = [line.split(maxsplit=1) for line in render_info(data).splitlines()]
    assert ["none:", "No card here."] in lines
    assert lines[-2:] == [["Processes:"], ["none:"]]


def test_info_imports_no_torch() -> None:
    script = (
        "import sys, tui.cli.system, tui.cli.model.evaluate;"
        "early = [name for name in ('psutil', 'yaml', 'jinja2', 'torch') if name in sys.modules];"
        "from core.config.settings import Settings; from core.monitor.report import read_report;"
        "read_report(Settings);"
        "late = [name for name in ('torch', 'transformers', 'lm_eval', 'textual', 'vllm') if name in sys.modules];"
        "print(early, late)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[] []", "")
