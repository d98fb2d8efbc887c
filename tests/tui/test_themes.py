"""The themes: contrast, completeness, and the breakpoints of the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.color import Color

from tests.tui.helpers import until
from tui.app import Workbench
from tui.themes import DEFAULT_THEME, THEMES

ROOT = Path(__file__).parents[2]

TEXT = (
    "foreground", "foreground-muted", "text-primary", "text-secondary", "text-success", "text-warning", "text-error",
    "text-accent", "footer-key-foreground", "footer-description-foreground",
)  # fmt: skip
"""The variables that text is drawn with."""

GRAPHICS = ("primary", "success", "warning", "error", "accent", "foreground-disabled")
"""Bars, curves, and what cannot be used now."""

GROUNDS = ("background", "surface", "panel", "footer-background")


def variables_of(name: str) -> dict[str, str]:
    theme = THEMES[name]
    return {**theme.to_color_system().generate(), **theme.variables}


def luminance(color: Color) -> float:
    """Relative luminance as WCAG 2.2 defines it (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = (part / 255 for part in color.rgb)
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_equals_published_values() -> None:
    """Black on white is 21:1, and #777777 on white 4.48:1 (https://webaim.org/resources/contrastchecker/)."""
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("name", THEMES)
def test_themes_have_enough_contrast(name: str) -> None:
    colors = {key: Color.parse(value) for key, value in variables_of(name).items() if value.startswith("#")}
    cursor, cursor_blurred = colors["block-cursor-background"], colors["block-cursor-blurred-background"]
    found = {(text, ground): contrast(colors[text], colors[ground]) for text in TEXT for ground in GROUNDS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 7} == {}
    assert {text for text in TEXT for on in (cursor, cursor_blurred) if contrast(colors[text], on) < 4.5} == set()
    assert {part for part in GRAPHICS for ground in GROUNDS[:3] if contrast(colors[part], colors[ground]) < 3} == set()
    assert contrast(colors["block-cursor-foreground"], cursor) >= 7
    assert contrast(colors["background"], colors["primary"]) >= 7, "the open pane's tab, and the focused button"


def test_themes_define_same_variables() -> None:
    used = set()
    for folder in ("tui", "widgets"):
        for file in (*(ROOT / folder).rglob("*.tcss"), *(ROOT / folder).rglob("*.py")):
            used |= set(re.findall(r"\$([a-z][a-z0-9-]*[a-z0-9])(?![\w{-])", file.read_text(encoding="utf-8")))
    assert len(used) > 15
    for name, theme in THEMES.items():
        assert set(theme.variables) == set(THEMES[DEFAULT_THEME].variables)
        assert used - set(variables_of(name)) == set()


async def test_theme_can_be_chosen_and_changed() -> None:
    app = Workbench(theme="light")
    async with app.run_test(size=(80, 24)):
        assert app.screen.styles.background == Color.parse(str(THEMES["light"].background))
        app.action_set_theme_named("high-contrast")
        await until(lambda: app.screen.styles.background == Color.parse("#000000"))


async def test_breakpoints_give_classes() -> None:
    app = Workbench()
    async with app.run_test(size=(109, 24)) as pilot:
        seen = []
        for width in (109, 110, 159, 160, 200, 120):
            await pilot.resize_terminal(width, 24)
            await until(lambda width=width: app.screen.size.width == width)  # type: ignore[misc]
            seen.append(sorted(app.screen.classes & {"-narrow", "-wide", "-widest"}))
        assert seen == [["-narrow"], ["-wide"], ["-wide"], ["-wide", "-widest"], ["-wide", "-widest"], ["-wide"]]
