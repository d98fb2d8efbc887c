"""The themes of the workbench. Every colour on the screen is a variable of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.theme import Theme

from core.config.option_table import TABLE

DARK = Theme(
    name="labtop-dark",
    primary="#82abd2",
    secondary="#9aa6bd",
    accent="#d8b37a",
    foreground="#d8dde6",
    background="#15181c",
    surface="#1a1d22",
    panel="#22262b",
    success="#8fc79a",
    warning="#e0bc75",
    error="#ea9494",
    dark=True,
    variables={
        "foreground-muted": "#abb4c1",
        "foreground-disabled": "#808c9f",
        "text-primary": "#a9c6e2",
        "text-secondary": "#b8c1d1",
        "text-success": "#b0dcb8",
        "text-warning": "#ecd3a2",
        "text-error": "#f2b3b3",
        "text-accent": "#e6cda7",
        "block-cursor-background": "#2c4259",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#2c3138",
        "block-cursor-text-style": "bold",
        "footer-background": "#22262b",
        "footer-key-foreground": "#a9c6e2",
        "footer-description-foreground": "#bec5d0",
        "input-selection-background": "#2c4259",
        "scrollbar": "#465366",
        "scrollbar-background": "#1a1d22",
        "border": "#56657a",
        "border-blurred": "#343e4c",
    },
)

LIGHT = Theme(
    name="labtop-light",
    primary="#185488",
    secondary="#4d5b75",
    accent="#7a5200",
    foreground="#1b2027",
    background="#fbfbfc",
    surface="#f4f5f6",
    panel="#e8eaec",
    success="#237a3b",
    warning="#96690a",
    error="#bf3434",
    dark=False,
    variables={
        "foreground-muted": "#424b58",
        "foreground-disabled": "#626c79",
        "text-primary": "#123f6b",
        "text-secondary": "#3b475c",
        "text-success": "#0f4a20",
        "text-warning": "#593c00",
        "text-error": "#841616",
        "text-accent": "#573a00",
        "block-cursor-background": "#c3d9f0",
        "block-cursor-foreground": "#0b0f14",
        "block-cursor-blurred-background": "#dee1e4",
        "block-cursor-text-style": "bold",
        "footer-background": "#e8eaec",
        "footer-key-foreground": "#123f6b",
        "footer-description-foreground": "#333b46",
        "input-selection-background": "#c3d9f0",
        "scrollbar": "#a9b2bf",
        "scrollbar-background": "#f4f5f6",
        "border": "#8b96a5",
        "border-blurred": "#c5ccd5",
    },
)

HIGH_CONTRAST = Theme(
    name="labtop-high-contrast",
    primary="#7fd4ff",
    secondary="#d0d0d0",
    accent="#ffd75f",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#101010",
    success="#5fff87",
    warning="#ffe14d",
    error="#ff9c9c",
    dark=True,
    variables={
        "foreground-muted": "#e4e4e4",
        "foreground-disabled": "#b4b4b4",
        "text-primary": "#a6e2ff",
        "text-secondary": "#e4e4e4",
        "text-success": "#8fffab",
        "text-warning": "#ffea80",
        "text-error": "#ffb9b9",
        "text-accent": "#ffe08a",
        "block-cursor-background": "#00387a",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#2c2c2c",
        "block-cursor-text-style": "bold",
        "footer-background": "#101010",
        "footer-key-foreground": "#ffe14d",
        "footer-description-foreground": "#ffffff",
        "input-selection-background": "#00387a",
        "scrollbar": "#c0c0c0",
        "scrollbar-background": "#202020",
        "border": "#c8c8c8",
        "border-blurred": "#969696",
    },
)

SIXTEEN_DARK = Theme(
    name="labtop-16-dark",
    primary="#00aaaa",
    secondary="#aaaaaa",
    accent="#ffff55",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#55ff55",
    warning="#ffff55",
    error="#ff5555",
    dark=True,
    variables={
        "foreground-muted": "#aaaaaa",
        "foreground-disabled": "#aaaaaa",
        "text-primary": "#55ffff",
        "text-secondary": "#aaaaaa",
        "text-success": "#55ff55",
        "text-warning": "#ffff55",
        "text-error": "#ff5555",
        "text-accent": "#ffff55",
        "block-cursor-background": "#0000aa",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#555555",
        "block-cursor-text-style": "bold",
        "footer-background": "#000000",
        "footer-key-foreground": "#55ffff",
        "footer-description-foreground": "#aaaaaa",
        "input-selection-background": "#0000aa",
        "scrollbar": "#aaaaaa",
        "scrollbar-background": "#555555",
        "border": "#aaaaaa",
        "border-blurred": "#555555",
    },
)

SIXTEEN_LIGHT = Theme(
    name="labtop-16-light",
    primary="#0000aa",
    secondary="#555555",
    accent="#aa00aa",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#ffffff",
    success="#0000aa",
    warning="#aa5500",
    error="#aa0000",
    dark=False,
    variables={
        "foreground-muted": "#555555",
        "foreground-disabled": "#555555",
        "text-primary": "#0000aa",
        "text-secondary": "#555555",
        "text-success": "#0000aa",
        "text-warning": "#aa5500",
        "text-error": "#aa0000",
        "text-accent": "#aa00aa",
        "block-cursor-background": "#55ffff",
        "block-cursor-foreground": "#000000",
        "block-cursor-blurred-background": "#ffffff",
        "block-cursor-text-style": "bold",
        "footer-background": "#ffffff",
        "footer-key-foreground": "#0000aa",
        "footer-description-foreground": "#555555",
        "input-selection-background": "#55ffff",
        "scrollbar": "#555555",
        "scrollbar-background": "#aaaaaa",
        "border": "#555555",
        "border-blurred": "#aaaaaa",
    },
)

THEMES: Mapping[str, Theme] = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}
"""By the names of the setting `workbench.theme`."""

SIXTEEN_COLOR_THEMES: Mapping[str, Theme] = {
    "dark": SIXTEEN_DARK,
    "light": SIXTEEN_LIGHT,
    "high-contrast": SIXTEEN_DARK,
}
"""The same for terminals with 16 colours, where others would be rounded to grey. Green on white is too pale to read."""


def themes_for(*, few_colors: bool, no_color: bool) -> Mapping[str, Theme]:
    """The themes by their names in the settings, for what this terminal can show and its user wants."""
    if not few_colors:
        return THEMES
    if not no_color:
        return SIXTEEN_COLOR_THEMES
    return {name: _in_greys(theme) for name, theme in SIXTEEN_COLOR_THEMES.items()}


def _in_greys(theme: Theme) -> Theme:
    """The theme for a terminal with 16 colours and NO_COLOR, where some would be rounded to the ground they are on."""
    bright, ground = str(theme.foreground), str(theme.background)
    texts = {name: bright for name in theme.variables if name.startswith("text-")}
    cursor = {
        "block-cursor-background": ground,
        "block-cursor-foreground": bright,
        "block-cursor-text-style": "bold reverse",
    }
    plain = theme.variables["foreground-muted"]
    return replace(
        theme,
        name=f"{theme.name}-grey",
        primary=plain,
        success=plain,
        warning=bright,
        error=bright,
        accent=bright,
        variables={**theme.variables, **texts, **cursor},
    )


DEFAULT_THEME = str(TABLE["workbench"].default("theme"))
