"""Line charts as text."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf, nan

import pytest

from core.jobs.state.series import Series, smoothed_curve
from widgets.charts.line_plot import Part, Plot, in_sequence, last_part, plot_lines, values_shown
from widgets.glyphs import ASCII, UNICODE, Glyphs

FIRST = smoothed_curve(
    "phase 1", [(step, 8 * exp(-step / 20) + 0.02 * (1 + step % 2)) for step in range(1, 201)], [100, 200]
)
SECOND = smoothed_curve("phase 2", [(step, 2 * exp(-step / 10) + 0.1) for step in range(1, 101)])

IN_ASCII = """\
loss, log axis   * smoothed   . raw   # checkpoint
    |***                          :
    |  *****                      **
  1 |     .*****                  :****
    |         .*****              :  .*****
0.1 |             .*#*******.......      .********
    |                  ...********#
     phase 1              step 200:phase 2
"""

IN_BRAILLE = """\
loss, log axis   ━ smoothed   · raw   ◆ checkpoint
    │⠙⠒⢤⣀                         ┊
    │   ⠈⠓⠦⣀                      ┊⢦⡀
  1 │      ⠈⠑⠦⣄                   ┊⠈⠘⢢⡀
    │         ⠉⠙⠲⢄⡀               ┊  ⠈⠈⠲⢄⡀
0.1 │            ⠈⠉⠙◆⠤⣀⣀⣀         ┊     ⠈⠈⠉⠙⠒⠒⠒⠒⠒⠒
    │                ⠈⠉⠈⠉⠙⠓⠒⠒⠒⠒⠒⠶⠶◆
     phase 1              step 200┊phase 2
"""

ODD = [
    (),
    (Series("none", (), ()),),
    (Series("nan", (1, 2), (nan, nan)),),
    (Series("inf", (1, 2, 3), (inf, 1.0, -inf)),),
    (Series("one", (5,), (2.0,)),),
    (Series("same", (1, 2, 3), (0.0, 0.0, 0.0)),),
    (Series("tiny", (1, 2), (5e-324, 1e-323)),),
    (Series("huge", (1, 2), (-1.7e308, 1.7e308)),),
    (Series("same step", (1, 1, 1), (1.0, 2.0, 3.0)),),
    (FIRST, Series("none", (), ()), SECOND),
]


def text(plot: Plot, width: int, height: int, glyphs: Glyphs) -> str:
    lines = ["".join(part for part, _ in line) for line in plot_lines(plot, width, height, glyphs)]
    assert all(len(line) <= width for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in lines)


@pytest.mark.parametrize(("glyphs", "picture"), [(ASCII, IN_ASCII), (UNICODE, IN_BRAILLE)], ids=["ascii", "braille"])
def test_phases_on_one_axis(glyphs: Glyphs, picture: str) -> None:
    assert text(Plot((FIRST, SECOND), "loss", sequential=True, log=True), 50, 8, glyphs) == picture


def test_linear_axis_has_plain_labels() -> None:
    rising = Series("samples", (1, 2, 3), (0.0, 600_000.0, 1_234_567.0))
    lines = text(Plot((rising,)), 40, 7, ASCII).splitlines()
    assert [line.partition("|")[0].strip() for line in lines[1:-1]] == ["1,234,567", "", "617,284", "", "0"]


def test_zoom_shows_only_the_range() -> None:
    whole, part = (text(Plot((FIRST,), zoom=zoom), 60, 8, ASCII) for zoom in (None, (150.0, 180.0)))
    assert "step 200" in whole
    assert "step 180" in part
    assert "8 |" not in part
    assert part.splitlines()[-1].split()[0] == "150"


def test_zoom_to_the_last_part_of_phases() -> None:
    zoom = last_part((FIRST, SECOND), 0.4)
    assert zoom == (180.0, 300.0)
    phases = text(Plot((FIRST, SECOND), sequential=True, zoom=zoom), 60, 8, ASCII).splitlines()[-1]
    assert phases.split() == ["phase", "1", ":phase", "2", "step", "100"]
    inside = text(Plot((FIRST, SECOND), sequential=True, zoom=(280.0, 300.0)), 60, 8, ASCII).splitlines()[-1]
    assert inside.split() == ["phase", "2", "step", "100"]
    assert values_shown((FIRST, SECOND), (299.0, 300.0)) == list(SECOND.ys[-2:])
    assert last_part((), 0.5) is None


def test_in_sequence_moves_later_curves() -> None:
    (one, two), ends = in_sequence((Series("a", (1, 2), (0, 0)), Series("b", (1, 5), (0, 0), checkpoints=(5,))))
    assert (one.xs, two.xs, two.checkpoints, ends) == ((1, 2), (3, 7), (7,), (2,))


@pytest.mark.parametrize("series", ODD, ids=lambda series: "+".join(one.name for one in series) or "nothing")
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("sequential", [False, True])
def test_any_values_and_sizes_are_drawn(series: tuple[Series, ...], log: bool, sequential: bool) -> None:
    for width in (0, 1, 7, 20, 21, 33, 80):
        for height in (0, 1, 3, 4, 5, 9):
            for glyphs in (ASCII, UNICODE):
                drawn = text(Plot(series, "a long title of a metric", "step", sequential, log), width, height, glyphs)
                assert glyphs is UNICODE or drawn.isascii()


def overlaid(count: int) -> Plot:
    """Straight lines that cross."""
    xs = tuple(float(x) for x in range(121))
    return Plot(
        tuple(Series(f"run {number + 1}", xs, tuple(x * (number - 1) for x in xs)) for number in range(count)), "loss"
    )


OVERLAID_IN_ASCII = """\
loss   * run 1   + run 2   o run 3
 120 |                                     ooooo
     |                             ooooooooo
     |                    oooooooooo
     |             oooooooo
     |    ooooooooo
   0 |ooooo+++++++++++++++++++++++++++++++++++++
     |    *********
     |             ********
     |                    **********
     |                             *********
-120 |                                     *****
      0                                 step 120
"""

OVERLAID_IN_BRAILLE = """\
loss   ⣿ run 1   ⡇ run 2   ⠅ run 3
 120 │                                    ⡀⠠ ⠂⠐
     │                            ⢀ ⠄⠐ ⠁⠈
     │                   ⢀ ⡀⠠ ⠂⠈ ⠁
     │            ⡀⢀ ⠄⠐ ⠁
     │    ⢀ ⠄⠠ ⠂⠈
   0 │⠤⠴⣄⣅⡄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄
     │    ⠉⠉⠒⠒⠤⢤⣀⣀
     │            ⠉⠉⠒⠢⠤⢤⣀⡀
     │                   ⠈⠉⠑⠒⠦⠤⣄⣀⡀
     │                           ⠈⠉⠒⠒⠦⠤⣀⣀
-120 │                                   ⠉⠉⠒⠲⠤⠤⣀
      0                                 step 120
"""


@pytest.mark.parametrize(
    ("glyphs", "picture"), [(ASCII, OVERLAID_IN_ASCII), (UNICODE, OVERLAID_IN_BRAILLE)], ids=["ascii", "braille"]
)
def test_plot_overlays_curves_with_different_marks(glyphs: Glyphs, picture: str) -> None:
    assert text(overlaid(3), 48, 13, glyphs) == picture


def test_plot_has_six_marks_for_overlaid_curves() -> None:
    legend = text(overlaid(6), 80, 13, ASCII).splitlines()[0]
    assert [word for word in legend.split() if len(word) == 1 and not word.isdigit()] == list("*+ox@%")


def growing(steps: int) -> Plot:
    curve = Series("Train", tuple(range(1, steps + 1)), tuple(0.4 + 4 / step for step in range(1, steps + 1)))
    return Plot((curve,), "loss", sequential=True, growing=True)


def test_growing_curve_stays_where_it_is() -> None:
    before, after = (text(growing(steps), 60, 12, UNICODE).splitlines() for steps in (105, 118))
    assert before[-1] == after[-1]
    assert before[-1].endswith("step 120")
    assert all(new.startswith(old[:-2].rstrip()) for old, new in zip(before[:-2], after[:-2], strict=True))
    assert before != after
    ended = text(replace(growing(105), growing=False), 60, 12, UNICODE)
    assert ended.splitlines()[-1].endswith("step 105")


def test_growing_phase_is_named_to_the_end_of_the_axis() -> None:
    second = growing(72).series
    axis = text(replace(growing(72), series=(FIRST, *second)), 60, 8, ASCII).splitlines()[-1]
    assert axis.split() == ["phase", "1", "step", "200:Train", "step", "100"]


def test_growing_zoom_moves_in_steps() -> None:
    axes = [
        text(replace(growing(steps), zoom=last_part(growing(steps).series, 0.25)), 60, 8, ASCII).splitlines()[-1]
        for steps in range(1000, 1100)
    ]
    assert len(set(axes)) < 8
    assert axes[0].split() == ["750", "Train", "step", "1,000"]


def test_plot_continues_an_earlier_one() -> None:
    zoomed = replace(growing(10), zoom=(7.5, 10.0))
    assert growing(11).continues(growing(10))
    assert replace(growing(11), zoom=(8.25, 11.0)).continues(zoomed)
    assert not zoomed.continues(growing(10))
    assert not growing(10).continues(Plot())
    assert not growing(10).continues(replace(growing(9), series=(Series("Train", (1,), (0.5,)),)))
    assert not replace(growing(11), growing=False).continues(growing(10))


def test_parts_of_the_axis_and_groups_of_curves() -> None:
    """Two runs in two phases: curves of a run are drawn alike, and the phases have their own steps."""
    steps = tuple(range(1, 11))
    curves = [
        Series(name, tuple(start + step for step in steps), (level,) * 10, group=group)
        for name, level, group in (("one", 1.0, 0), ("other", 3.0, 2))
        for start in (0, 20)
    ]
    plot = Plot(tuple(curves), "loss", parts=(Part("phase 1", 20), Part("phase 2", 30)))
    lines = text(plot, 60, 9, ASCII).splitlines()
    assert "* one" in lines[0]
    assert "o other" in lines[0]
    assert lines[0].count("one") == 1
    assert "phase 1" in lines[-1]
    assert "step 20:phase 2" in lines[-1]
    assert lines[-1].endswith("step 10")
    body = "".join(lines[1:-1])
    assert set(body) & set("*+ox@%") == {"*", "o"}


def test_axis_from_zero() -> None:
    flat = Series("memory", (1.0, 2.0), (5.0, 5.0))
    assert text(Plot((flat,), from_zero=True), 40, 7, ASCII).splitlines()[-2].lstrip().startswith("0 |")
    empty = Series("padding", (1.0, 2.0), (0.0, 0.0))
    assert "-1" not in text(Plot((empty,), from_zero=True), 40, 7, ASCII)
