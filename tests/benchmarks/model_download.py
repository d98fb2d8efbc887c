"""Downloading a model on loopback compared with a plain copy of the same bytes.

Run as `python -m tests.benchmarks.model_download [MEGABYTES]`; prints one JSON line. The server is Debian's
docker-registry. `download` is what the worker of `model download` does in its stage of that name, skopeo's check of the
policy included; `plain` is one connection whose bytes are written to a file, in the same process. Both run in turns.
`share_of_plain` is the target's figure, 0.8; compare processor seconds on a busy machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from core.models.download import oci
from core.models.download.place import Place
from core.models.download.source import parse_source
from tests.core.models.download.hub import write_model
from tests.core.models.download.registry import docker_registry

NAME = "rhelai1/tiny"
RUNS = 5


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of the processor; what was written before is on the disk by then."""
    os.sync()
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


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
        model = oci.look_up(parse_source(f"docker://{registry.host}/{NAME}"))
        place = Place.of(Path(name, "models"), "tiny")

        def plain() -> None:
            with urllib.request.urlopen(url) as response, Path(name, "copy").open("wb") as file:
                shutil.copyfileobj(response, file, 1_000_000)

        def download() -> None:
            place.files.mkdir(parents=True)
            oci.fetch(model, place)

        taken: dict[str, list[tuple[float, float]]] = {"plain": [], "download": []}
        for _ in range(RUNS):
            Path(name, "copy").unlink(missing_ok=True)
            taken["plain"].append(measured(plain))
            shutil.rmtree(place.unfinished, ignore_errors=True)
            taken["download"].append(measured(download))
    wall = {name: statistics.median(seconds for seconds, _ in runs) for name, runs in taken.items()}
    cpu = {name: statistics.median(seconds for _, seconds in runs) for name, runs in taken.items()}
    result = {
        "benchmark": "model_download",
        "megabytes": megabytes,
        "mb_s": {name: round(megabytes / seconds) for name, seconds in wall.items()},
        "processor_seconds": {name: round(seconds, 2) for name, seconds in cpu.items()},
        "share_of_plain": round(wall["plain"] / wall["download"], 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
