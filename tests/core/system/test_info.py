import json
import subprocess
import sys
from pathlib import Path

import click.testing
import pytest

from core.system.gpu import Gpu, GpuProcess, GpuReading
from core.system.host import read_host
from core.system.info import to_data, version
from tui.cli.system import render_info, system

GIB = 2**30
CARDS = GpuReading(
    gpus=(
        Gpu(0, "NVIDIA L40S", "GPU-1", 48 * GIB, 12 * GIB, 0.87, 61, 212.5, 350.0, (GpuProcess(41, GIB),)),
        Gpu(1, "NVIDIA A2", *[None] * 8),
    ),
    driver="550.54.15",
    cuda="12.4",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path))


def test_info_prints_one_json_document() -> None:
    done = click.testing.CliRunner().invoke(system, ["info", "--json"])
    assert done.exit_code == 0, done.output
    data = json.loads(done.output)
    assert list(data) == ["platform", "labtop", "packages", "gpus"]
    assert data["packages"]["transformers"] == version("transformers")
    assert data["platform"]["memory"]["total"] > 0


def test_render_info_shows_gpus_and_unknown_values(tmp_path: Path) -> None:
    page = render_info(to_data(read_host(), CARDS))
    lines = [line.split(maxsplit=1) for line in page.splitlines()]
    assert ["0:", "NVIDIA L40S, 12.0 GiB used of 48.0 GiB, 87% busy, 61 °C, 212 W"] in lines
    assert ["1:", "NVIDIA A2"] in lines
    assert ["driver:", "550.54.15, up to CUDA 12.4"] in lines
    assert ["jobs:", str(tmp_path / "state" / "jobs")] in lines


def test_render_info_without_a_gpu() -> None:
    done = click.testing.CliRunner().invoke(system, ["info"])
    assert done.exit_code == 0
    page = render_info(to_data(read_host(), GpuReading(absent="No card here.")))
    assert page.splitlines()[-1].split(maxsplit=1) == ["none:", "No card here."]


def test_info_imports_no_torch() -> None:
    script = (
        "import sys, tui.cli.system, tui.cli.model.evaluate;"
        "early = [name for name in ('psutil', 'yaml', 'jinja2', 'torch') if name in sys.modules];"
        "from core.system.info import read_info; read_info();"
        "late = [name for name in ('torch', 'transformers', 'lm_eval', 'textual', 'vllm') if name in sys.modules];"
        "print(early, late)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[] []", "")
