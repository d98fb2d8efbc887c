"""The workbench's colours: dark, muted, and with a contrast of at least 7 to 1 for text."""

from __future__ import annotations

from textual.theme import Theme

CALM = Theme(
    name="labtop",
    primary="#7aa2c8",
    secondary="#8f9bb3",
    accent="#d8b37a",
    foreground="#d5dae3",
    background="#161a20",
    surface="#1b2028",
    panel="#242b35",
    success="#8fc79a",
    warning="#e0bc75",
    error="#e58a8a",
    dark=True,
    variables={
        "foreground-muted": "#98a2b2",
        "foreground-disabled": "#566171",
        "block-cursor-background": "#34506b",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#2a333f",
        "block-cursor-text-style": "none",
        "footer-background": "#242b35",
        "footer-key-foreground": "#a9c6e2",
        "footer-description-foreground": "#b9c0cc",
        "input-selection-background": "#34506b",
        "scrollbar": "#3a4553",
        "scrollbar-background": "#1b2028",
        "border": "#4a5768",
        "border-blurred": "#2f3845",
    },
)
