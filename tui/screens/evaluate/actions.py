"""What the Evaluate pane does with the model or question under the cursor."""

from __future__ import annotations

import asyncio
from datetime import datetime

from textual import work

from core import paths
from core.overview.asked import AskedPair
from core.overview.evaluations import Evaluations, ScoredModel
from core.overview.model_questions import ModelQuestions
from core.overview.score_files import write_model_questions, write_scores
from tui.screens.shared.pane import Pane


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
            file = await asyncio.to_thread(write_model_questions, opened, self.shown_pairs, folder)
        self.notify(f"Written to {file}, and as JSON next to it.", markup=False)

    async def action_explain(self) -> None:
        """Show what was taught about the question under the cursor."""
        await self._about_question("explain_question")

    async def action_write_question(self) -> None:
        """Open the leaf that is nearest to the question under the cursor, at a new seed example."""
        await self._about_question("write_question")

    async def _about_question(self, action: str) -> None:
        pair, model = self.chosen_pair, self.chosen
        if pair is not None:
            path = "" if model is None else model.path
            await self.app.run_action(f"app.{action}({pair.second.question!r}, {path!r})")
