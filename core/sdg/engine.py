"""Taking rows through pipelines with many requests in flight.

There is no barrier: each row goes on as soon as its reply is there, whatever the others wait for. Requests wait in one
heap and are taken up by a fixed number of workers. Of rows that start near each other the earliest blocks go first,
since most is still to come of them; far ones wait, so that finished rows come early and memory stays small.

What comes out does not depend on the order in which replies arrive: rows carry their place in the plan and are sorted
by it at the end, and filters and parsing look at one row alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.errors import LabtopError
from core.events import Reporter
from core.sdg.journal import Journal, Reply, request_key
from core.sdg.parsing import parse_reply
from core.sdg.pipeline import Pipeline, PromptBlock
from core.sdg.progress import Forecast, Tallies, Tally
from core.sdg.rows import Row
from core.sdg.teacher import RefusedError, Teacher

DEFAULT_IN_FLIGHT = 64
"""Requests at a time for a server that does not say how many slots it has."""

IN_FLIGHT_PER_SLOT = 2
"""One that is answered and one that waits its turn, so that no slot idles while a reply travels."""

ROWS_PER_WINDOW = 4
"""Starting rows, for each request in flight, that are taken up before the next ones are."""

TELL_SECONDS = 0.25

SYNC_SECONDS = 1.0
"""Between two times that the journal is put on the disk and counts are told."""

HOPELESS = 20
"""So many refusals without a single reply mean that the server will refuse everything."""

BREATH = 64
"""Remembered replies that a worker takes up before it lets others run."""

Place = tuple[int, ...]


@dataclass(frozen=True)
class Task:
    """Rows of one leaf that are to go through a pipeline."""

    leaf: str
    pipeline: Pipeline
    rows: Sequence[Row]


@dataclass(frozen=True)
class _Step:
    """A row that has come to a block of its pipeline."""

    task: Task
    number: int
    """The task's."""
    window: int
    place: Place
    """In the plan: the row's number, then for each prompt block its sample and its item."""
    row: Row
    at: int = 0
    """The block's index in the pipeline."""
    prompts: int = 0
    """How many prompt blocks come before it."""

    def after(self, sample: int, item: int, values: Row) -> _Step:
        """The row that an item of the block's reply makes."""
        return replace(
            self,
            place=(*self.place, sample, item),
            row={**self.row, **values},
            at=self.at + 1,
            prompts=self.prompts + 1,
        )


@dataclass(order=True)
class _Request:
    """One sample of one prompt about one row; ordered by what is asked first."""

    priority: tuple[int, int, int, Place, int]
    step: _Step = field(compare=False)
    block: PromptBlock = field(compare=False)
    sample: int = field(compare=False)


class Engine:
    """One run of tasks against one teacher."""

    def __init__(
        self,
        teacher: Teacher,
        journal: Journal,
        reporter: Reporter,
        tallies: Tallies,
        *,
        in_flight: int,
        seed: int,
        max_tokens: int | None = None,
    ) -> None:
        self.asked = 0
        """Requests that were sent and answered."""
        self.reused = 0
        """Replies that were already known."""
        self._teacher = teacher
        self._journal = journal
        self._reporter = reporter
        self._tallies = tallies
        self._in_flight = in_flight
        self._seed = seed
        self._max_tokens = max_tokens
        self._queue: asyncio.PriorityQueue[_Request] = asyncio.PriorityQueue()
        self._same: dict[str, list[_Request]] = {}
        self._finished: list[list[tuple[Place, Row]]] = []
        self._forecast = Forecast()
        self._refused = 0
        self._told = -1

    async def run(self, tasks: Sequence[Task]) -> list[list[Row]]:
        """The rows that each task ends with, in plan order."""
        self._finished = [[] for _ in tasks]
        window = ROWS_PER_WINDOW * self._in_flight
        started = 0
        for number, task in enumerate(tasks):
            prompts = [block.name for block in task.pipeline.blocks if isinstance(block, PromptBlock)]
            self._forecast.pipeline(task.pipeline.kind, len(prompts))
            for name in prompts:
                self._tallies.at(task.leaf, name)
            for index, row in enumerate(task.rows):
                self._advance(_Step(task, number, started // window, (index,), row))
                started += 1
        try:
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(self._work()) for _ in range(self._in_flight)]
                teller = group.create_task(self._tell())
                await self._queue.join()
                for task_ in (*workers, teller):
                    task_.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        self._journal.sync()
        self._tell_progress()
        self._tallies.tell(self._reporter)
        return [[row for _, row in sorted(rows, key=lambda item: item[0])] for rows in self._finished]

    def _advance(self, step: _Step, tally: Tally | None = None) -> None:
        """Take a row through filters to its next prompt, or to its end. `tally` is that of the prompt it comes from."""
        leaf, pipeline = step.task.leaf, step.task.pipeline
        for at in range(step.at, len(pipeline.blocks)):
            block = pipeline.blocks[at]
            if isinstance(block, PromptBlock):
                self._enqueue(replace(step, at=at), block)
                break
            if not block.keeps(step.row):
                (tally or self._tallies.at(leaf, block.name)).reject(block.name)
                return
        else:
            self._finished[step.number].append((step.place, step.row))
            if "answer" in step.row:
                self._reporter.sample(
                    "qa", {"leaf": leaf, "question": step.row["question"], "answer": step.row["answer"]}
                )
        if tally:
            tally.add(kept=1)

    def _enqueue(self, step: _Step, block: PromptBlock) -> None:
        for sample in range(block.n):
            self._forecast.asked(step.task.pipeline.kind, step.prompts)
            priority = (step.window, step.prompts, step.number, step.place, sample)
            self._queue.put_nowait(_Request(priority, step, block, sample))

    async def _work(self) -> None:
        taken = 0
        while True:
            request = await self._queue.get()
            if not await self._answer(request):
                taken += 1
                if taken % BREATH == 0:
                    await asyncio.sleep(0)
            self._queue.task_done()

    async def _answer(self, request: _Request) -> bool:
        """See a request answered; whether the teacher had to be asked for it."""
        block = request.block
        prompt = block.render(request.step.row)
        max_tokens = min(block.max_tokens, self._max_tokens or block.max_tokens)
        seed = self._seed + request.sample
        key = request_key(self._teacher.model, prompt, block.temperature, max_tokens, seed)
        if (known := self._journal.get(key)) is not None:
            self.reused += 1
            self._take(request, known)
            return False
        if key in self._same:  # is being asked
            self._same[key].append(request)
            return False
        self._same[key] = [request]
        try:
            reply = await self._teacher.ask(prompt, temperature=block.temperature, max_tokens=max_tokens, seed=seed)
            self._journal.put(key, reply)
            self.asked += 1
            for waiting in self._same.pop(key):
                self._take(waiting, reply)
        except RefusedError as refusal:
            for waiting in self._same.pop(key):
                self._refuse(waiting, refusal)
        return True

    def _take(self, request: _Request, reply: Reply) -> None:
        """Make rows of a reply and send them on."""
        step, block = request.step, request.block
        parsed = parse_reply(reply.text, block.outputs, repeated=block.repeated, truncated=reply.truncated)
        tally = self._tallies.at(step.task.leaf, block.name)
        tally.add(produced=1, parsed=len(parsed.items))
        tally.reject("unreadable", parsed.unreadable)
        for index, item in enumerate(parsed.items):
            self._advance(step.after(request.sample, index, item), tally)
        self._forecast.answered(step.task.pipeline.kind, step.prompts)

    def _refuse(self, request: _Request, refusal: RefusedError) -> None:
        step = request.step
        self._tallies.at(step.task.leaf, request.block.name).reject(refusal.reason)
        self._forecast.answered(step.task.pipeline.kind, step.prompts)
        self._refused += 1
        if self._refused == 1:
            self._reporter.note("warning", f"A request was given up ({refusal.reason}): {refusal}")
        if self._refused >= HOPELESS and not self.asked:
            raise LabtopError(
                f"The server at {self._teacher.url} refuses every request: {refusal}",
                hint="Check that the model can chat and that its context is long enough for the prompts.",
            )

    async def _tell(self) -> None:
        """Tell how far the run is, and keep the journal on the disk."""
        synced = time.monotonic()
        while True:
            self._tell_progress()
            await asyncio.sleep(TELL_SECONDS)
            if time.monotonic() - synced >= SYNC_SECONDS:
                await asyncio.to_thread(self._journal.sync)
                synced = time.monotonic()
                self._tallies.tell(self._reporter)

    def _tell_progress(self) -> None:
        """Silence is news too: a run in which nothing arrives is to be seen as stalled."""
        if self._forecast.done != self._told:
            self._told = self._forecast.done
            self._reporter.progress(self._told, self._forecast.total(), "requests")


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong: a sentence for the user before anything else."""
    return next((error for error in errors.exceptions if isinstance(error, LabtopError)), errors.exceptions[0])
