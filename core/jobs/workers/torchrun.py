"""The torchrun agent of one node: starts the ranks, and reports how each of them exited as data instead of as text.

Run as `python -m core.jobs.workers.torchrun FOLDER NUMBER NODE ARGUMENT…`; the arguments are those of `torchrun`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from core.files import LineAppender
from core.jobs.launchers import agent_file
from core.jobs.outcome import exit_now, outcome
from core.jobs.processes import die_with_parent
from core.jobs.workers.process import record_end


def main(folder: str, number: str, node: str, *arguments: str) -> int:
    """Run the ranks of a node; returns 0 if all of them succeeded or were stopped on request."""
    die_with_parent()

    def work() -> dict[str, Any]:
        from torch.distributed.elastic.multiprocessing.api import SignalException
        from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
        from torch.distributed.run import parse_args, run

        try:
            run(parse_args(list(arguments)))  # type: ignore[no-untyped-call]
        except ChildFailedError as error:
            return {"exits": {rank: [failure.exitcode, failure.timestamp] for rank, failure in error.failures.items()}}
        except SignalException:
            raise KeyboardInterrupt from None
        return {"exits": {}}

    end = outcome(work)
    status = record_end(LineAppender(agent_file(Path(folder), int(number), int(node))), end)
    return status or int(bool((end["result"] or {}).get("exits")))


if __name__ == "__main__":
    exit_now(main(*sys.argv[1:]))
