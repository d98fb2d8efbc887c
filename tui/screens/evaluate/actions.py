"""What the Evaluate pane does with the model or question under the cursor."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from textual import work

from core import paths
from core.overview.asked import AskedPair
from core.overview.evaluations import Evaluations, ScoredModel
from core.overview.origin import origin_of
from core.sdg.datasets.taught import Taught, find_taught
from core.training.data_files import newest_training_data
from tui.screens.evaluate.reading import ModelQuestions, write_questions, write_scores
from tui.screens.shared.pane import Pane
from tui.screens.shared.why_dialog import WhyDialog

TAUGHT_SHOWN = 3
"""Records in the dialog."""


class EvaluateActions(Pane):
    """The actions; the pane that has them says what is under the cursor."""

    @property
    def found(self) -> Evaluations:
        raise NotImplementedError

    @property
    def chosen(self) -> ScoredModel | None:
        """The model that the keys apply to."""
        raise NotImplementedError

    @property
    def reference(self) -> ScoredModel | None:
        """What it is compared with."""
        raise NotImplementedError

    @property
    def opened(self) -> ModelQuestions | None:
        """The questions that are shown, if they are."""
        raise NotImplementedError

    @property
    def chosen_pair(self) -> AskedPair | None:
        """The question under the cursor."""
        raise NotImplementedError

    @property
    def shown_pairs(self) -> list[AskedPair]:
        """The questions that are shown."""
        raise NotImplementedError

    async def action_evaluate_model(self) -> None:
        model, reference = self.chosen, self.reference
        texts = {} if model is None else {"model": model.path}
        if model is not None and reference is not None and reference is not model:
            texts["base_model"] = reference.path
        await self.app.run_action(f"app.open_form('evaluate', {texts!r})")

    async def action_serve_model(self) -> None:
        if (model := self.chosen) is not None:
            await self.app.run_action(f"app.serve_model({model.path!r})")

    def action_copy_path(self) -> None:
        if (model := self.chosen) is not None:
            self.app.copy_to_clipboard(model.path)
            self.notify(f"Copied {model.path}", timeout=3, markup=False)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_export_report(self) -> None:
        folder = paths.current().data_dir / "reports" / f"{datetime.now():%Y-%m-%d_%H%M%S}"
        opened = self.opened
        if opened is None:
            file = await asyncio.to_thread(write_scores, self.found, folder)
        else:
            file = await asyncio.to_thread(write_questions, opened, self.shown_pairs, folder)
        self.notify(f"Written to {file}, and as JSON next to it.", markup=False)

    # From a wrong answer to the taxonomy.

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_explain(self) -> None:
        """Show what was taught about the question under the cursor."""
        pair = self.chosen_pair
        if pair is None:
            return
        found = await asyncio.to_thread(self._taught, pair.second.question)
        leaf = await self.app.push_screen_wait(WhyDialog(pair.second.question, found, self.context.glyphs))
        if leaf is not None:
            await self._write(pair.second.question, leaf)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_write_question(self) -> None:
        """Open the leaf that is nearest to the question under the cursor, at a new seed example."""
        pair = self.chosen_pair
        if pair is None:
            return
        question = pair.second.question
        leaf = next((one for one in await asyncio.to_thread(self._taught, question) if one.leaf), None)
        if leaf is None:
            self.notify("No leaf taught anything about this question.", severity="warning")
        else:
            await self._write(question, leaf)

    async def _write(self, question: str, taught: Taught) -> None:
        await self.app.run_action(f"app.write_example({taught.leaf!r}, {question!r}, {taught.passage!r})")

    def _taught(self, question: str) -> list[Taught]:
        """Searches the data that the model was trained on, or else the newest. Called in a thread."""
        origin = None if self.chosen is None else origin_of(self.chosen.path, self.context.jobs)
        known = [Path(file) for file in origin.data] if origin else []
        files = [file for file in known if file.is_file()]
        return find_taught(
            files or newest_training_data(paths.current().datasets_dir, "--dataset"), question, TAUGHT_SHOWN
        )
