"""Running rows through pipelines with many requests in flight.

There is no barrier: each row continues as soon as its reply arrives, whatever other rows wait for. Requests wait in
one heap and are sent as the pool of endpoints has room. Rows enter in windows: within a window, requests of earlier
blocks are sent first, since they lead to most of the others. The next window enters when all remaining requests of the
previous one are in flight. So finished rows come early, and memory does not grow with the number of rows.

The result does not depend on the order in which replies arrive: rows have a place in the plan and are sorted by it at
the end, and filters and parsing look at one row only.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from core.errors import LabtopError, first_error
from core.events import Reporter
from core.sdg.engine.dead_letters import DeadLetters
from core.sdg.engine.finished import FinishedRows
from core.sdg.engine.journal import Journal, Rejection, Reply, request_key
from core.sdg.engine.progress import Forecast, Tallies, Tally, TokenRate
from core.sdg.engine.requests import Question, Request, Step, Task
from core.sdg.engine.rows import LazyList, StartRows
from core.sdg.pipeline.blocks import Pipeline, PromptBlock
from core.sdg.pipeline.parsing import parse_reply
from core.serving.completions.endpoint import Endpoint
from core.serving.completions.pool import CompletionsPool
from core.serving.completions.replies import RequestRejected

ROWS_PER_WINDOW = 4
"""Rows of a window, for each request in flight."""

PROGRESS_SECONDS = 0.25

SYNC_SECONDS = 1.0
"""Interval at which the journal is synced to the disk and counts are reported."""

MAX_INITIAL_REJECTIONS = 20
"""After so many rejections without any reply, a simple request checks whether the server rejects everything."""

CACHED_REPLIES_PER_YIELD = 64
"""Replies from the journal that are processed before other coroutines run."""

COUNTED_CHUNKS = 20
"""Chunks that are read at a time to count the rows; they take some milliseconds."""

LARGEST_BUDGET = 4096
"""Tokens of the longest replies in the built-in pipelines. A higher limit raises all limits in proportion."""

CUT = "cut at the token limit"
"""The reason for outputs that are missing from a reply that reached its limit."""


class _Stopped(Exception):  # noqa: N818
    """The job was asked to stop."""


class Engine:
    """One run of tasks against the endpoints of one teacher."""

    def __init__(
        self,
        pool: CompletionsPool,
        journal: Journal,
        reporter: Reporter,
        tallies: Tallies,
        finished: FinishedRows,
        dead_letters: DeadLetters,
        *,
        seed: int,
        max_tokens: int | None = None,
    ) -> None:
        self.asked = 0
        """Requests that were sent and answered."""
        self.reused = 0
        """Replies that were in the journal."""
        self._pool = pool
        self._journal = journal
        self._reporter = reporter
        self._tallies = tallies
        self._finished = finished
        self._dead_letters = dead_letters
        self._seed = seed
        self._max_tokens = max_tokens
        self._queue: list[Request] = []
        self._asking: dict[str, Question] = {}
        self._arrived = asyncio.Event()
        self._start: Iterator[Step] = iter(())
        self._windows = 0
        self._forecast = Forecast()
        self._tokens = TokenRate()
        self._rejected = 0
        self._checked = False
        """Whether it was checked that the server does not reject everything."""
        self._reported: tuple[int, int | None] = (-1, None)

    async def run(self, tasks: Sequence[Task]) -> None:
        """Run all rows through their pipelines. Raises KeyboardInterrupt if the job was asked to stop."""
        for task in tasks:
            prompts = [block.name for block in task.pipeline.blocks if isinstance(block, PromptBlock)]
            self._forecast.pipeline(task.pipeline.kind, len(prompts))
            for name in prompts:
                self._tallies.at(task.leaf, name)
        self._start = self._steps(tasks)
        try:
            async with asyncio.TaskGroup() as group:
                background = [group.create_task(self._report()), group.create_task(self._count_rows(tasks))]
                await self._dispatch(group)
                for task_ in background:
                    task_.cancel()
        except BaseExceptionGroup as errors:
            error = first_error(errors)
            raise KeyboardInterrupt if isinstance(error, _Stopped) else error from None
        self._journal.sync()
        self._report_progress()
        self._tallies.report(self._reporter)

    # Rows enter, and become requests.

    def _steps(self, tasks: Sequence[Task]) -> Iterator[Step]:
        for number, task in enumerate(tasks):
            for index, row in enumerate(task.rows):
                self._forecast.entered(task.pipeline.kind, _first_samples(task.pipeline))
                yield Step(task, number, self._windows, (index,), row)

    def _admit(self) -> None:
        """Let the next windows of rows enter, as long as no waiting request belongs to an earlier one."""
        while not self._queue or self._queue[0].priority[0] >= self._windows:
            entering = list(islice(self._start, ROWS_PER_WINDOW * self._pool.slots.limit))
            if not entering:
                return
            for step in entering:
                self._advance(step)
            self._windows += 1

    async def _count_rows(self, tasks: Sequence[Task]) -> None:
        """Count the rows, a few at a time, so that requests do not wait."""
        for task in tasks:
            chunks = task.rows.chunks if isinstance(task.rows, StartRows) else None
            if isinstance(chunks, LazyList):
                more = True
                while more:
                    more = chunks.load(chunks.loaded + COUNTED_CHUNKS)
                    await asyncio.sleep(0.01)
            self._forecast.starts(task.pipeline.kind, _first_samples(task.pipeline) * len(task.rows))
        self._forecast.is_counted = True

    def _advance(self, step: Step, tally: Tally | None = None) -> None:
        """Run a row through filters to its next prompt, or to its end. `tally` is that of the prompt it comes from."""
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
            self._finished.add(step.number, step.place, step.made)
            row = step.row
            if "answer" in row:
                self._reporter.sample("qa", {"leaf": leaf, "question": row["question"], "answer": row["answer"]})
        if tally:
            tally.add(kept=1)

    def _enqueue(self, step: Step, block: PromptBlock) -> None:
        for sample in range(block.n):
            self._forecast.asked(step.task.pipeline.kind, step.prompts)
            priority = (step.window, step.prompts, step.number, step.place, sample)
            heapq.heappush(self._queue, Request(priority, step, block, sample))

    # Requests are sent.

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        """Send requests while there is room for them, until none is left."""
        while (request := await self._next()) is not None:
            heapq.heappush(self._queue, request)
            place = await self._pool.slots.acquire()
            request = await self._next()  # a request that arrived meanwhile may come first
            if request is None or request.question is None:
                self._pool.slots.release(place)
                return
            request.question.waiting.append(request)
            self._asking[request.question.key] = request.question
            group.create_task(self._ask(request.question, place))

    async def _next(self) -> Request | None:
        """The next request that must be sent, taken from the queue; None when all is done."""
        cached = 0
        while True:
            self._admit()
            if self._queue:
                request = heapq.heappop(self._queue)
                if not self._is_answered(request):
                    return request
                cached += 1
                if cached % CACHED_REPLIES_PER_YIELD == 0:
                    await asyncio.sleep(0)
            elif not self._asking:
                return None
            else:
                self._arrived.clear()
                await self._arrived.wait()

    def _is_answered(self, request: Request) -> bool:
        """Whether a request need not be sent: its reply is known and is processed, or an equal request is in flight."""
        question = request.question = request.question or self._question(request)
        if (asked := self._asking.get(question.key)) is not None:
            asked.waiting.append(request)
            return True
        known = self._journal.get(question.key)
        if isinstance(known, Rejection):
            question.waiting.append(request)
            self._reject(question, known.reason, known.message, final=True)
            return True
        if known is None:
            return False
        if known.truncated and self._has_more_room(question, known):
            return False
        self.reused += 1
        self._take(request, known)
        return True

    def _has_more_room(self, question: Question, cut: Reply) -> bool:
        """Whether a reply that reached its limit would now be requested with a higher one."""
        if not self._pool.budget.knows_context and question.max_tokens <= cut.wanted:
            return False  # it was lowered to what fits the context, and would be again
        return self._pool.budget.largest(question.prompt, question.max_tokens) > cut.max_tokens

    def _question(self, request: Request) -> Question:
        block = request.block
        prompt = block.render(request.step.row)
        key = request_key(self._pool.model, prompt, block.temperature, self._seed + request.sample)
        return Question(key, prompt, self._budget(block))

    def _budget(self, block: PromptBlock) -> int:
        limit = self._max_tokens
        if limit is None:
            return block.max_tokens
        return min(limit, max(block.max_tokens, block.max_tokens * limit // LARGEST_BUDGET))

    async def _ask(self, question: Question, place: Endpoint) -> None:
        first = question.waiting[0]
        try:
            completion = await self._pool.complete(
                question.prompt,
                temperature=first.block.temperature,
                max_tokens=question.max_tokens,
                seed=self._seed + first.sample,
                slot=place,
            )
        except RequestRejected as rejection:
            if rejection.final:
                self._journal.put(question.key, Rejection(rejection.reason, rejection.message))
            self._reject(question, rejection.reason, rejection.message, final=rejection.final)
            await self._check_rejections(rejection)
        else:
            reply = Reply(completion.text, completion.truncated, completion.max_tokens, question.max_tokens)
            self._journal.put(question.key, reply)
            self.asked += 1
            self._tokens.add(completion.completion_tokens)
            for waiting in question.waiting:
                self._take(waiting, reply)
        del self._asking[question.key]
        self._arrived.set()
        self._check_stop()

    def _take(self, request: Request, reply: Reply) -> None:
        """Make rows of a reply and advance them."""
        step, block = request.step, request.block
        parsed = parse_reply(reply.text, block.outputs, repeated=block.repeated, truncated=reply.truncated)
        tally = self._tallies.at(step.task.leaf, block.name)
        tally.add(produced=1, parsed=len(parsed.items))
        if reply.truncated:  # if outputs repeat, whole ones may have been cut off
            tally.reject(CUT, max(parsed.unreadable, int(block.repeated)))
        else:
            tally.reject("unreadable", parsed.unreadable)
        for index, item in enumerate(parsed.items):
            self._advance(step.after(request.sample, index, item), tally)
        self._forecast.answered(step.task.pipeline.kind, step.prompts)

    def _reject(self, question: Question, reason: str, message: str, *, final: bool) -> None:
        for request in question.waiting:
            step, name = request.step, request.block.name
            self._tallies.at(step.task.leaf, name).reject(reason)
            self._dead_letters.add(step.task.leaf, name, question.prompt, reason, message, final=final)
            self._forecast.answered(step.task.pipeline.kind, step.prompts)
            self._rejected += 1
            if self._rejected == 1:
                self._reporter.note("warning", f"A request was given up ({reason}): {message}")

    async def _check_rejections(self, rejection: RequestRejected) -> None:
        """End the run if the server rejects every request, even a simple one."""
        if self._rejected < MAX_INITIAL_REJECTIONS or self._checked or self.asked or self.reused:
            return
        self._checked = True
        if all([await endpoint.rejects_everything() for endpoint in self._pool.endpoints]):
            raise LabtopError(
                f"The server at {self._pool.urls} refuses every request: {rejection.message}",
                hint="Check that the model can chat and that its context is long enough for the prompts.",
            )

    # Progress.

    def _check_stop(self) -> None:
        if self._reporter.stop_requested():
            raise _Stopped

    async def _report(self) -> None:
        """Report progress regularly, and sync the journal."""
        synced = time.monotonic()
        while True:
            self._report_progress()
            await asyncio.sleep(PROGRESS_SECONDS)
            self._check_stop()
            if time.monotonic() - synced >= SYNC_SECONDS:
                await asyncio.to_thread(self._journal.sync)
                synced = time.monotonic()
                self._tallies.report(self._reporter)

    def _report_progress(self) -> None:
        """Report changed figures only, so that a run without replies is shown as stalled."""
        figures = (self._forecast.done, self._forecast.total())
        if figures != self._reported:
            self._reported = figures
            self._reporter.progress(*figures, "requests", tokens_per_second=self._tokens.rate())


def _first_samples(pipeline: Pipeline) -> int:
    """The number of requests of a new row."""
    return next((block.n for block in pipeline.blocks if isinstance(block, PromptBlock)), 0)
