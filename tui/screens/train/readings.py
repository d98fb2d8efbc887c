"""What the Train pane reads: the training that is shown, those over its charts, and the list of all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import getters, work
from textual.message import Message

from core.jobs.observe import ENDED, Observation
from core.overview.training.stages import trains
from tui.context import Context
from tui.screens.train.actions import TrainActions
from widgets.train.lists import CheckpointList, RunList

if TYPE_CHECKING:
    from core.overview.training.checkpoints import CheckpointFacts
    from core.overview.training.follow import TrainingReader, TrainingUpdate
    from core.overview.training.runs import RunReader, RunSummary

TICK_SECONDS = 1.0
"""Between two readings of what runs; at once when another training is chosen."""


class TrainReadings(TrainActions):
    """Reads while the pane is shown, in threads; the pane that inherits it draws what was read."""

    checkpoints = getters.query_one("#train-checkpoints", CheckpointList)
    runs = getters.query_one("#train-runs", RunList)

    class TrainingRead(Message):
        """The training that is shown was read."""

        def __init__(self, update: TrainingUpdate) -> None:
            super().__init__()
            self.update = update

    class RunsRead(Message):
        """The list of trainings was read."""

        def __init__(self, runs: tuple[RunSummary, ...]) -> None:
            super().__init__()
            self.runs = runs

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._reader: TrainingReader | None = None
        self._run_reader: RunReader | None = None
        self.chosen_id: str | None = None
        """The training that was chosen; None for the newest."""
        self.wanted: str | None = None
        """The training to move the cursor to once it is in the list."""
        self._followed: str | None = None
        """The training that was read last."""
        self._keys_for: tuple[str, str] | None = None
        """The job and the status that the keys were last shown for."""
        self.marked: list[str] = []
        self.training: TrainingUpdate | None = None
        self.summaries: tuple[RunSummary, ...] = ()
        self._visible = asyncio.Event()
        self._changed = asyncio.Event()
        """Set when another training was chosen or marked, or a job has changed."""
        self._jobs_changed = asyncio.Event()
        self.set_class(self.shown is None, "-empty", update=False)

    def show_all(self) -> None:
        """Draw everything."""
        raise NotImplementedError

    def show_head(self) -> None:
        """Draw the state of the training, whose clock runs."""
        raise NotImplementedError

    def show_runs(self) -> None:
        """Draw the list of trainings."""
        raise NotImplementedError

    def begin_reading(self) -> None:
        self._take_jobs(self.context.jobs)
        self.follow(self.context.jobs_changed, self._take_jobs)
        self._follow()
        self._read_runs()

    def on_screen_resume(self) -> None:
        self._visible.set()
        self._changed.set()

    def on_screen_suspend(self) -> None:
        self._visible.clear()

    # Which training is shown.

    @property
    def shown(self) -> Observation | None:
        """The chosen training, else the newest that runs, else the newest."""
        trainings = [job for job in self.context.jobs if trains(job.spec)]
        chosen = next((job for job in trainings if job.spec.id == self.chosen_id), None)
        running = next((job for job in trainings if job.status not in ENDED), None)
        return chosen or running or next(iter(trainings), None)

    @property
    def chosen_run(self) -> Observation | None:
        if self.is_mounted and self.runs.has_focus:
            under = next((job for job in self.context.jobs if job.spec.id == self.runs.cursor_key), None)
            return under or self.shown
        return self.shown

    @property
    def chosen_checkpoint(self) -> CheckpointFacts | None:
        if self.training is None or not self.is_mounted:
            return None
        key = self.checkpoints.cursor_key
        return next((one for one in self.training.checkpoints if one.path == key), None)

    def update_of(self, job: str) -> TrainingUpdate | None:
        return self.training if self.training is not None and self.training.job == job else None

    def base_model(self) -> str:
        return "" if self.training is None else self.training.facts.model_path

    def show_training(self, job: str) -> None:
        self.chosen_id = self.wanted = job
        self._changed.set()
        self._take_jobs(self.context.jobs)
        self.show_runs()

    def _take_jobs(self, _jobs: tuple[Observation, ...]) -> None:
        self._jobs_changed.set()
        shown = self.shown
        if self._followed != (None if shown is None else shown.spec.id):
            self._followed = None if shown is None else shown.spec.id
            self.training = None
            self._changed.set()
        self.set_class(shown is None, "-empty")
        self.show_head()
        chosen = self.chosen_run
        keys_for = None if chosen is None else (chosen.spec.id, chosen.shown_status)
        if keys_for != self._keys_for:
            self._keys_for = keys_for
            self.refresh_bindings()

    # Reading.

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self) -> None:
        """Read what is new about the shown training, while the pane is shown."""
        while True:
            await self._visible.wait()
            self._changed.clear()
            job = self.shown
            update = None
            if job is not None:
                again = self.training is None
                update = await asyncio.to_thread(self._read_training, job, tuple(self.marked), again=again)
            if update is not None:
                self.post_message(self.TrainingRead(update))
            waits = 0.01 if update is not None and update.pending else TICK_SECONDS
            try:
                async with asyncio.timeout(waits if self._ticks(job) or waits < TICK_SECONDS else None):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _ticks(self, job: Observation | None) -> bool:
        """Whether something that is shown still reports."""
        shown = {*self.marked, *([job.spec.id] if job is not None else [])}
        return any(each.spec.id in shown and each.status not in ENDED for each in self.context.jobs)

    def _read_training(self, job: Observation, marked: tuple[str, ...], *, again: bool) -> TrainingUpdate | None:
        """Read in a thread, which also imports what this needs: the first frame does not wait for it."""
        from core.overview.training.follow import TrainingReader

        self._reader = self._reader or TrainingReader(self.context.store)
        return self._reader.read(job, [name for name in marked if name != job.spec.id], again=again)

    @work(group="runs", exclusive=True, exit_on_error=False)
    async def _read_runs(self) -> None:
        """Read the list of trainings when a job has changed, while the pane is shown."""
        while True:
            await self._visible.wait()
            await self._jobs_changed.wait()
            self._jobs_changed.clear()
            runs = await asyncio.to_thread(self._read_list, self.context.jobs)
            if runs != self.summaries:
                self.post_message(self.RunsRead(runs))
            await asyncio.sleep(TICK_SECONDS)

    def _read_list(self, jobs: tuple[Observation, ...]) -> tuple[RunSummary, ...]:
        from core.overview.training.runs import RunReader

        self._run_reader = self._run_reader or RunReader(self.context.store)
        return tuple(self._run_reader.read(jobs))

    def on_train_readings_training_read(self, message: TrainingRead) -> None:
        shown = self.shown
        if shown is None or message.update.job != shown.spec.id:
            return
        if not message.update.complete and self.training is not None:
            return
        self.training = message.update
        self.show_all()

    def on_train_readings_runs_read(self, message: RunsRead) -> None:
        self.summaries = message.runs
        here = {run.id for run in self.summaries}
        self.marked = [name for name in self.marked if name in here]
        self.show_runs()
