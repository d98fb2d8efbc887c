"""The themes of the workbench. Every colour on the screen is a variable of one of them."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

from core.config.option_table import TABLE

DARK = Theme(
    name="labtop-dark",
    primary="#82abd2",
    secondary="#9aa6bd",
    accent="#d8b37a",
    foreground="#d8dde6",
    background="#14181e",
    surface="#191e25",
    panel="#20262f",
    success="#8fc79a",
    warning="#e0bc75",
    error="#ea9494",
    dark=True,
    variables={
        "foreground-muted": "#a9b2c0",
        "foreground-disabled": "#69758a",
        "text-primary": "#a9c6e2",
        "text-secondary": "#b8c1d1",
        "text-success": "#b0dcb8",
        "text-warning": "#ecd3a2",
        "text-error": "#f2b3b3",
        "text-accent": "#e6cda7",
        "block-cursor-background": "#2c4259",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#262e39",
        "block-cursor-text-style": "none",
        "footer-background": "#20262f",
        "footer-key-foreground": "#a9c6e2",
        "footer-description-foreground": "#bec5d0",
        "input-selection-background": "#2c4259",
        "scrollbar": "#465366",
        "scrollbar-background": "#191e25",
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
    surface="#f3f5f7",
    panel="#e8ebf0",
    success="#237a3b",
    warning="#96690a",
    error="#bf3434",
    dark=False,
    variables={
        "foreground-muted": "#424b58",
        "foreground-disabled": "#7b8593",
        "text-primary": "#123f6b",
        "text-secondary": "#3b475c",
        "text-success": "#0f4a20",
        "text-warning": "#593c00",
        "text-error": "#841616",
        "text-accent": "#573a00",
        "block-cursor-background": "#c3d9f0",
        "block-cursor-foreground": "#0b0f14",
        "block-cursor-blurred-background": "#dde2e9",
        "block-cursor-text-style": "none",
        "footer-background": "#e8ebf0",
        "footer-key-foreground": "#123f6b",
        "footer-description-foreground": "#333b46",
        "input-selection-background": "#c3d9f0",
        "scrollbar": "#a9b2bf",
        "scrollbar-background": "#f3f5f7",
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
        "block-cursor-text-style": "none",
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

THEMES: Mapping[str, Theme] = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}
"""By the names of the setting `workbench.theme`."""

DEFAULT_THEME = str(TABLE["workbench"].default("theme"))
