"""The themes: contrast, completeness, and the breakpoints of the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from rich._palettes import STANDARD_PALETTE
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.widgets import Markdown, Static

from core.jobs.state.series import Series
from core.taxonomy.format.diagnostics import Diagnostic
from tests.tui.helpers import screen_text, strips_of, until
from tests.tui.picture import ground_of
from tui.app import Workbench
from tui.themes import DEFAULT_THEME, SIXTEEN_COLOR_THEMES, THEMES, themes_for
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Plot
from widgets.editor.yaml_view import YamlView
from widgets.glyphs import UNICODE
from widgets.lists.diff_list import DiffList
from widgets.machine.time_graph import Band, GraphView, TimeGraph

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
    assert all(contrast(colors["foreground-disabled"], colors[ground]) >= 4.5 for ground in GROUNDS[:2])
    assert contrast(colors["background"], colors["primary"]) >= 7, "the open pane's tab, and the focused button"


@pytest.mark.parametrize("name", ["dark", "light"])
def test_grounds_stay_distinct_in_256_colors(name: str) -> None:
    variables = variables_of(name)
    grounds = ("background", "surface", "panel", "block-cursor-background", "block-cursor-blurred-background")
    numbers = {Color.parse(variables[key]).rich_color.downgrade(ColorSystem.EIGHT_BIT).number for key in grounds}
    assert len(numbers) == len(grounds)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("name", THEMES)
def test_themes_for_sixteen_colors_use_only_those(name: str, no_color: bool) -> None:
    theme = themes_for(few_colors=True, no_color=no_color)[name]
    if no_color:
        assert "reverse" in theme.variables["block-cursor-text-style"]
        shown = {theme.variables[text] for text in TEXT[1:]} | {str(theme.foreground), str(theme.background)}
        assert {len(set(Color.parse(value).rgb)) for value in shown - {theme.variables["footer-key-foreground"]}} == {1}
    own = (theme.primary, theme.secondary, theme.accent, theme.foreground, theme.background, theme.surface, theme.panel)
    values = [str(one) for one in (*own, theme.success, theme.warning, theme.error, *theme.variables.values())]
    colors = [Color.parse(value) for value in values if value.startswith("#")]
    assert len(colors) > 20
    for color in colors:
        number = color.rich_color.downgrade(ColorSystem.STANDARD).number
        assert number is not None
        assert STANDARD_PALETTE[number] == color.rgb
    found = {key: Color.parse(value) for key, value in theme.variables.items() if value.startswith("#")}
    found |= {key: Color.parse(str(getattr(theme, key))) for key in ("foreground", "background")}
    assert {text for text in TEXT if contrast(found[text], found["background"]) < 4.5} == set()
    assert contrast(found["block-cursor-foreground"], found["block-cursor-background"]) >= 7
    assert contrast(found["background"], Color.parse(theme.primary)) >= 7


def test_themes_define_same_variables() -> None:
    used = set()
    for folder in ("tui", "widgets"):
        for file in (*(ROOT / folder).rglob("*.tcss"), *(ROOT / folder).rglob("*.py")):
            used |= set(re.findall(r"\$([a-z][a-z0-9-]*[a-z0-9])(?![\w{-])", file.read_text(encoding="utf-8")))
    assert len(used) > 15
    for name, theme in THEMES.items():
        assert set(SIXTEEN_COLOR_THEMES[name].variables) == set(theme.variables)
        assert set(theme.variables) == set(THEMES[DEFAULT_THEME].variables)
        assert used - set(variables_of(name)) == set()


async def test_theme_can_be_chosen_and_changed() -> None:
    app = Workbench(theme="light")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await until(lambda: "No jobs yet" in screen_text(app))
        assert ground_of(app, "No jobs yet") == Color.parse(str(THEMES["light"].surface))
        await pilot.press("1")
        app.action_set_theme_named("high-contrast")
        await until(lambda: app.screen.styles.background == Color.parse("#000000"))
        await pilot.press("8")
        await until(lambda: "No jobs yet" in screen_text(app))
        await until(lambda: ground_of(app, "No jobs yet") == Color.parse("#000000"), "a pane opened before follows")


async def test_chosen_theme_is_stored_in_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    app = Workbench(settings_file=file)
    async with app.run_test():
        app.action_set_theme_named("light")
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "theme"])
        assert not file.exists()  # otherwise the set-up of the first run would not be shown again
        file.write_text("workbench:\n  bell: false  # quiet\n")
        app.action_set_theme_named("high-contrast")
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "theme"])
        text = file.read_text()
        assert yaml.safe_load(text) == {"workbench": {"bell": False, "theme": "high-contrast"}}
        assert "# quiet" in text


async def test_breakpoints_give_classes() -> None:
    app = Workbench()
    async with app.run_test(size=(109, 24)) as pilot:
        seen = []
        for width in (109, 110, 159, 160, 200, 120):
            await pilot.resize_terminal(width, 24)
            await until(lambda width=width: app.screen.size.width == width)  # type: ignore[misc]
            seen.append(sorted(app.screen.classes & {"-narrow", "-wide", "-widest"}))
        assert seen == [["-narrow"], ["-wide"], ["-wide"], ["-wide", "-widest"], ["-wide", "-widest"], ["-wide"]]


@pytest.mark.parametrize(
    ("ascii_only", "variable", "expected"), [(False, "", []), (False, "1", ["Jobs"]), (True, "", ["Jobs"])]
)
async def test_frame_with_the_focus_is_marked_without_colour(
    ascii_only: bool, variable: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv("NO_COLOR", variable)
    app = Workbench(ascii_only=ascii_only)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await until(lambda: "No jobs yet" in screen_text(app))
        reversed_ = [text for strip in strips_of(app) for text, style, _ in strip if style and style.reverse]
        assert [text.split()[0] for text in reversed_] == expected


class Parts(App[None]):
    """Every kind of drawing that keeps what it has drawn, or has colours of its own."""

    def __init__(self, theme: str) -> None:
        super().__init__()
        for each in THEMES.values():
            self.register_theme(each)
        self.theme = THEMES[theme].name

    def compose(self) -> ComposeResult:
        chart = LineChart(UNICODE)
        chart.set_plot(Plot((Series("loss", (1, 2, 3), (3.0, 2.0, 1.0), smoothed=(3.0, 2.0, 1.5)),)))
        graph = TimeGraph(UNICODE, id="graph")
        shares = Band(lambda count: ([0.1, 0.9, 0.4, 0.7] * count)[:count])
        texts = lambda *_: [(("74%", "warning"), ("load 0.7", "label"))]  # noqa: E731
        graph.show(GraphView((shares,), 60.0, None, texts), "cpu")
        text = YamlView(UNICODE, id="yaml")
        text.cursor_blink = False
        text.text = "version: 3\nquestion: |\n  Why 'so'? # a comment\n"
        wrong = Diagnostic("qna.yaml", 1, 1, 1, 8, "error", "one", "Wrong.")
        text.set_diagnostics([wrong, Diagnostic("qna.yaml", 2, 1, 2, 9, "warning", "two", "Odd.")])
        diff = DiffList()
        diff.show(["--- a", "+++ b", "@@ -1 +1 @@", "-old", "+new"])
        for widget, height in ((chart, 8), (graph, 5), (text, 4), (diff, 5)):
            widget.styles.height = height
            yield widget
        yield Static(Content.styled("muted ", "$foreground-muted") + Content.styled("ok", "$text-success"))
        yield Markdown("# Title\n\n> quote\n\n```python\nreturn 'code'\n```\n")


async def test_everything_drawn_follows_the_theme() -> None:
    fresh, switched = Parts("light"), Parts("dark")
    async with fresh.run_test(size=(60, 40)) as pilot:
        await until(lambda: "code" in screen_text(fresh))
        await pilot.pause()
        shown, wanted = screen_text(fresh), strips_of(fresh)
    assert all(word in shown for word in ("smoothed", "load 0.7", "version", "+new", "muted", "quote"))
    async with switched.run_test(size=(60, 40)):
        await until(lambda: screen_text(switched) == shown)
        assert strips_of(switched) != wanted
        switched.theme = THEMES["light"].name
        await until(lambda: strips_of(switched) == wanted, "every colour of the light theme")


PANES_WITH_TEXT = ("home", "system", "taxonomy", "chat", "models", "jobs")


@pytest.mark.slow
async def test_no_text_is_hard_to_read(tmp_path: Path) -> None:
    leaf = tmp_path / "knowledge" / "cats" / "qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\ndomain: x \nbogus: 'one'  # comment\n")
    app = Workbench(taxonomy_path=tmp_path, base_url="http://127.0.0.1:9/v1")
    hard: dict[tuple[str, str, str], float] = {}
    async with app.run_test(size=(100, 30)) as pilot:
        for theme in THEMES:
            app.action_set_theme_named(theme)
            for pane in PANES_WITH_TEXT:
                await app.run_action(f"show_pane('{pane}')")
                if pane == "taxonomy":
                    await until(lambda: "cats" in screen_text(app))
                    await pilot.press("end", "enter")
                    await until(lambda: "bogus:" in screen_text(app))
                await until(lambda: app.screen.styles.background == Color.parse(str(app.current_theme.background)))
                await pilot.pause()
                hard |= {(theme, pane, text): ratio for text, ratio in ratios(app).items() if ratio < 4.5}
    assert hard == {}


def ratios(app: Workbench) -> dict[str, float]:
    """The contrast of each piece of text on the screen."""
    found = {}
    for strip in strips_of(app):
        for text, style, _ in strip:
            if style is not None and style.color and style.bgcolor and any(map(str.isalnum, text)):
                colors = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
                found[text.strip()] = contrast(*colors)
    return found
