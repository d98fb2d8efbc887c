"""From a wrong answer to the taxonomy: what a model was taught about a question, and a new seed example for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from core import paths
from tui.context import Context
from tui.fast_screens import FastScreens

if TYPE_CHECKING:
    from core.sdg.datasets.taught import Taught

RECORDS_SHOWN = 3


class ExplainActions(FastScreens, inherit_bindings=False):
    """Actions on a question, for every pane that shows some. `model` is the path of the model that answered it."""

    context: Context

    @work(group="explain", exclusive=True, exit_on_error=False)
    async def action_explain_question(self, question: str, model: str = "") -> None:
        """Show the training data that is nearest to a question."""
        from tui.screens.shared.why_dialog import WhyDialog

        found = await asyncio.to_thread(self._taught, question, model)
        chosen = await self.push_screen_wait(WhyDialog(question, found, self.context.glyphs))
        if chosen is not None:
            await self._write_example(question, chosen)

    @work(group="explain", exclusive=True, exit_on_error=False)
    async def action_write_question(self, question: str, model: str = "") -> None:
        """Open the leaf that is nearest to a question, at a new seed example with the question in it."""
        found = await asyncio.to_thread(self._taught, question, model)
        nearest = next((one for one in found if one.leaf), None)
        if nearest is None:
            self.notify("No leaf taught anything about this question.", severity="warning")
        else:
            await self._write_example(question, nearest)

    def _taught(self, question: str, model: str) -> list[Taught]:
        """Searches the data that the model was trained on, or else the newest. Called in a thread."""
        from core.overview.origin import origin_of
        from core.sdg.datasets.taught import find_taught
        from core.training.data_files import newest_training_data

        origin = origin_of(model, self.context.jobs)
        files = [file for name in (origin.data if origin else ()) if (file := Path(name)).is_file()]
        return find_taught(
            files or newest_training_data(paths.current().datasets_dir, "--dataset"), question, RECORDS_SHOWN
        )

    async def _write_example(self, question: str, taught: Taught) -> None:
        from core.sdg.leaves.gathered import leaf_file

        folder = self.context.taxonomy_path
        file = await asyncio.to_thread(leaf_file, folder, taught.leaf)
        if file is None:
            self.notify(f"The taxonomy in {folder} has no leaf {taught.leaf}.", severity="warning", markup=False)
            return
        await self.run_action("app.show_pane('taxonomy')")
        path = str(file.relative_to(folder))
        await self.run_action(f"screen.write_example({path!r}, {taught.passage!r}, {question!r})")
