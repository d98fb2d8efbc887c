"""Several files at a time over HTTP; each continues at the byte where its connection was lost. Used in workers only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO

from core.models.http_stream import PIECE, BusyError, LostError, receive

THREADS = 4
"""Files that are downloaded at the same time."""

RETRIES = 4
"""Attempts in a row that bring no byte of a file."""


@dataclass(frozen=True)
class Transfer:
    """One file to download."""

    path: Path
    size: int
    """Bytes, as the registry states them."""
    request: Callable[[int], AbstractContextManager[HTTPResponse]]
    """The response with the file's bytes from a position on. It raises BusyError or LostError, or what ends the
    download."""


def fetch_all(transfers: Sequence[Transfer]) -> None:
    """Download the files that are not complete yet, the largest first. Raises what the first failed request raised."""
    stop = threading.Event()

    def one(transfer: Transfer) -> None:
        try:
            if not is_complete(transfer):
                _get(transfer, stop)
        except BaseException:
            stop.set()  # ends the other threads within a piece
            raise

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(one, transfer) for transfer in sorted(transfers, key=lambda each: -each.size)]
        try:
            done, waiting = wait(running, return_when=FIRST_EXCEPTION)
        except BaseException:  # the job is stopped
            waiting = set(running)
            stop.set()
            raise
        finally:
            for future in waiting:
                future.cancel()
        for future in done:
            future.result()


def is_complete(transfer: Transfer) -> bool:
    """Whether the file is there with all its bytes; its digest is checked later."""
    return transfer.path.is_file() and transfer.path.stat().st_size == transfer.size


def part_of(path: Path) -> Path:
    """Where a file is stored until it is complete."""
    return path.with_name(f".{path.name}.part")


def _get(transfer: Transfer, stop: threading.Event) -> None:
    """Download a file; after a lost connection, from where it was lost. Raises BusyError, LostError and others."""
    part = part_of(transfer.path)
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab", buffering=0) as stream:
        failures = 0
        while (there := stream.tell()) < transfer.size and not stop.is_set():
            try:
                _continue(transfer, stream, stop)
            except (BusyError, LostError) as error:
                failures = 1 if stream.tell() > there else failures + 1
                if failures > RETRIES:
                    raise
                if isinstance(error, BusyError) or failures > 1:
                    stop.wait(0.25 * 2**failures)
        if stream.tell() > transfer.size:  # of a damaged download: it begins again
            stream.truncate(0)
            raise BusyError(f"{transfer.path.name} is longer than the registry states")
    if not stop.is_set():
        part.replace(transfer.path)


def _continue(transfer: Transfer, stream: BinaryIO, stop: threading.Event) -> None:
    """Append the rest of a file to what there is of it. Raises LostError if it ends too early."""
    there = stream.tell()
    buffer = memoryview(bytearray(PIECE))
    with transfer.request(there) as response:
        if there and response.status != 206:  # the server ignores ranges
            stream.truncate(0)
            there = 0
        while count := receive(response, buffer):
            stream.write(buffer[:count])
            there += count
            if stop.is_set() or there > transfer.size:
                return
    if there < transfer.size:
        raise LostError("the server closed the connection")
