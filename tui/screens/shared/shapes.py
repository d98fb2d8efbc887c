"""The classes that screens have by the size of the terminal."""

from __future__ import annotations

from textual.app import App


def shape_classes(app: App[object]) -> dict[str, bool]:
    """With them from the start, a screen does not compute all styles again when it gets its size."""
    size = app.size
    steps = (app.HORIZONTAL_BREAKPOINTS or (), size.width), (app.VERTICAL_BREAKPOINTS or (), size.height)
    return {max(shape for shape in shapes if shape[0] <= cells)[1]: True for shapes, cells in steps if shapes}
