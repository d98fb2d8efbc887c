"""Asks before an upload replaces a release."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual.app import App

from core.commands.request import JobRequest
from core.errors import LabtopError
from tui.context import Context
from tui.screens.shared.confirm import ConfirmDialog


async def allowed_upload(app: App[object], context: Context, request: JobRequest) -> JobRequest | None:
    """The upload, with the permission to replace a release that exists; None if the answer was to cancel.

    Call it in a worker. Raises LabtopError when the registry cannot be asked.
    """
    if request.options["overwrite"]:
        return request
    from core.commands.models.upload import require_new

    try:
        await asyncio.to_thread(require_new, request)
    except LabtopError as error:
        if error.code != "exists":
            raise
        detail = "Who downloads this release gets the new files from now on."
        dialog = ConfirmDialog(error.message, [("replace", "Replace it")], context.glyphs, detail=detail)
        if await app.push_screen_wait(dialog) is None:
            return None
        return replace(request, options={**request.options, "overwrite": True})
    return request
