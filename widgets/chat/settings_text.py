"""What is sent with each question, in one line."""

from __future__ import annotations

from core.chat.turns import ChatSettings
from widgets.glyphs import Glyphs


def settings_text(settings: ChatSettings, glyphs: Glyphs) -> str:
    """Only what differs from the server's own values."""
    values = (
        ("temperature", settings.temperature),
        ("seed", settings.seed),
        ("max tokens", settings.max_tokens),
        ("context", settings.context if settings.system_prompt else None),
    )
    separator = " - " if glyphs.ascii_only else " · "
    return separator.join(f"{name} {value}" for name, value in values if value is not None)
