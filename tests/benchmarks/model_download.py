"""Downloading a model on loopback compared with plain copies of the same bytes.

Run as `python -m tests.benchmarks.model_download [MEGABYTES]`; prints one JSON line. The server is Debian's
docker-registry. The plain copies are one connection whose bytes are written to a file, and `cp` of the file to another
one. `share_of_copy` is the target's figure: labtop's rate in its download stage by that of the plain download.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from core.jobs.tail import EventTail
from tests.core.models.download.hub import write_model
from tests.core.models.download.registry import Registry, docker_registry

BIN = Path(sys.executable).parent
NAME = "rhelai1/tiny"
RUNS = 3


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def download(registry: Registry, home: Path) -> dict[str, float]:
    """The seconds of the stages of a job that downloads the model, by the word that they begin with."""
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "LABTOP_HOME": str(home)}
    command = [str(BIN / "labtop"), "model", "download", "--repository", f"docker://{registry.host}/{NAME}", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    job = home / "state" / "jobs" / json.loads(done.stdout)["job"]
    ended = [event for event in EventTail(job / "events.jsonl").read() if event.type == "stage_finished"]
    return {str(event.stage).partition(".")[0]: float(event.data["seconds"]) for event in ended}


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as name, docker_registry(Path(name, "registry")) as registry:
        folder = Path(name, "model")
        write_model(folder, megabytes * 1_000_000)
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".bin"}
        registry.push(NAME, "latest", files)
        digest = hashlib.sha256(files["model.safetensors"]).hexdigest()
        url = f"http://{registry.host}/v2/{NAME}/blobs/sha256:{digest}"
        files.clear()
        copy = Path(name, "copy")

        def plain() -> None:
            with urllib.request.urlopen(url) as response, copy.open("wb") as file:
                shutil.copyfileobj(response, file, 1_000_000)

        taken: dict[str, list[float]] = {"plain": [], "cp": [], "download": [], "verify": []}
        for _ in range(RUNS):  # in turns, so that a busy moment hits all
            taken["plain"].append(seconds(plain))
            taken["cp"].append(seconds(lambda: subprocess.run(["cp", copy, f"{copy}.2"], check=True)))
            stages = download(registry, Path(name, "home"))
            taken["download"].append(stages["download"])
            taken["verify"].append(stages["verify"])
    rates = {name: round(megabytes / statistics.median(times)) for name, times in taken.items()}
    share = round(rates["download"] / rates["plain"], 2)
    print(json.dumps({"benchmark": "model_download", "megabytes": megabytes, "mb_s": rates, "share_of_copy": share}))


if __name__ == "__main__":
    main()
