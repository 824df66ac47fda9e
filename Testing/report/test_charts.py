"""Charts as SVG: where lines, bands, bars and ticks lie, and what is said of them."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from Testing.report.hand_made import IMPORTANCE, INTENSITY, NAN, SURVIVAL
from TumorResponseLib.core.exhibits import Bar, Bars, Line, LineStyle, Plot
from TumorResponseLib.core.line_colours import COLOURS
from TumorResponseLib.report.charts.axis import MOST_TICKS, axis_around, upright_axis
from TumorResponseLib.report.charts.bars import bars_svg
from TumorResponseLib.report.charts.plot import plot_svg

SVG = "{http://www.w3.org/2000/svg}"
PAPER, DARK_PAGE = "#ffffff", "#14181d"


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def text_of(svg: str) -> list[str]:
    return [each.text or "" for each in parse(svg).iter(f"{SVG}text")]


def numbers(text: str | None) -> list[float]:
    return [float(each) for each in re.findall(r"-?[\d.]+", text or "")]


def points(path: str) -> np.ndarray:
    return np.array(numbers(path)).reshape(-1, 2)


def coloured(svg: str, colour: str) -> Iterator[ElementTree.Element]:
    """The lines and bands of a colour, without the samples of the legend."""
    for each in parse(svg).iter():
        if colour in (each.get("stroke"), each.get("fill")) and each.tag in (f"{SVG}path", f"{SVG}rect"):
            yield each


def placed(svg: str, x: float, y: float) -> np.ndarray:
    """Where a value lies by the chart's own ticks: labels beside the axes and the lines that they stand at."""
    horizontal = [each for each in parse(svg).iter(f"{SVG}line") if each.get("opacity")]
    vertical = [each for each in parse(svg).iter(f"{SVG}line") if each.get("x1") == each.get("x2")]
    labels = [each for each in parse(svg).iter(f"{SVG}text") if not each.get("opacity")]
    at_x = [float(each.text or 0) for each in labels if each.get("text-anchor") == "middle"]
    at_y = [float((each.text or "").replace("−", "-")) for each in labels if each.get("text-anchor") == "end"]
    across = np.polyfit(at_x, [float(each.get("x1") or 0) for each in vertical], 1)
    up = np.polyfit(at_y, [float(each.get("y1") or 0) for each in horizontal], 1)
    return np.array([np.polyval(across, x), np.polyval(up, y)])


def simple(*lines: Line) -> str:
    return plot_svg(Plot("p", "Title", "x label", "y label", lines))


def line(style: LineStyle, ys: tuple[float, ...], **more: tuple[float, ...]) -> Line:
    return Line("one", tuple(map(float, range(len(ys)))), ys, style, "#123456", **more)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5), st.booleans())
def test_an_axis_holds_its_values_and_has_round_ticks(values: list[float], to_ticks: bool) -> None:
    axis = axis_around(values, to_ticks=to_ticks)
    assert all(-1e-6 <= axis.fraction(value) <= 1 + 1e-6 for value in values)
    assert len(axis.ticks) <= MOST_TICKS + 2
    if len(axis.ticks) > 1:
        mantissa = f"{axis.ticks[-1] - axis.ticks[-2]:.3e}"[:5]
        assert mantissa in ("1.000", "2.000", "5.000")
        assert len(set(axis.labels)) == len(axis.labels)


@pytest.mark.parametrize(
    ("values", "to_ticks", "labels"),
    [
        ((0.0, 60.0), False, ("0", "20", "40", "60")),
        ((0.52, 1.0), True, ("0.5", "0.6", "0.7", "0.8", "0.9", "1.0")),
        ((0.3, 1.0), True, ("0.0", "0.2", "0.4", "0.6", "0.8", "1.0")),
        ((-1.0, 62.0), True, ("0", "20", "40", "60")),
        ((math.nan, math.inf), True, ("0.0", "0.2", "0.4", "0.6", "0.8", "1.0")),
        ((5.0, 5.0), False, ("3", "4", "5", "6", "7")),
        ((1e8, 3e8), True, ("0", "1\u202f×\u202f10⁸", "2\u202f×\u202f10⁸", "3\u202f×\u202f10⁸")),
        ((-0.03, 0.12), True, ("−0.05", "0.00", "0.05", "0.10", "0.15")),
    ],
)
def test_ticks(values: tuple[float, ...], to_ticks: bool, labels: tuple[str, ...]) -> None:
    assert axis_around(values, to_ticks=to_ticks).labels == labels


def test_an_axis_of_sizes_starts_at_zero_and_no_line_lies_on_the_axis() -> None:
    volumes = Plot("p", "Title", "x", "y", (line("line", (427.0, 739.0, 627.0)),), from_zero=True)
    axis = upright_axis(volumes)
    assert (axis.low, axis.ticks[0]) == (0.0, 0.0)
    assert upright_axis(dataclasses.replace(volumes, from_zero=False)).low > 0
    for values in ((0.0, 5.0), (-1.0, 62.0), (0.6, 1.0)):
        touching = upright_axis(dataclasses.replace(volumes, lines=(line("line", values),), from_zero=False))
        assert 0.02 < touching.fraction(values[0]) < 0.05
        assert touching.ticks == axis_around(values, to_ticks=True).ticks


def test_a_line_goes_through_its_values() -> None:
    svg = simple(line("line", (0.0, 30.0, 10.0)))
    (path,) = coloured(svg, "#123456")
    expected = [placed(svg, x, y) for x, y in enumerate((0.0, 30.0, 10.0))]
    np.testing.assert_allclose(points(path.get("d") or ""), expected, atol=0.1)
    assert "stroke-dasharray" not in path.attrib


def test_nan_leaves_a_gap_and_a_lone_value_is_a_dot() -> None:
    svg = simple(line("line", (0.0, 10.0, NAN, 40.0, NAN, 20.0, 30.0)))
    (path,) = coloured(svg, "#123456")
    parts = [points(part) for part in (path.get("d") or "").split("M")[1:]]
    assert [len(part) for part in parts] == [2, 2]
    dots = list(parse(svg).iter(f"{SVG}circle"))
    assert [(float(each.get("cx") or 0), float(each.get("cy") or 0)) for each in dots] == [
        pytest.approx(tuple(placed(svg, 3, 40)), abs=0.1)
    ]


def test_steps_keep_each_value_until_the_next_x() -> None:
    svg = simple(line("steps", (1.0, 0.5, 0.0)))
    (path,) = coloured(svg, "#123456")
    corners = [(0, 1.0), (1, 1.0), (1, 0.5), (2, 0.5), (2, 0.0)]
    np.testing.assert_allclose(points(path.get("d") or ""), [placed(svg, *each) for each in corners], atol=0.1)


def test_a_band_lies_between_low_and_high_with_a_gap_where_one_is_not_known() -> None:
    low, high = (0.0, 1.0, NAN, 2.0, 3.0), (5.0, 6.0, 7.0, 8.0, 9.0)
    svg = simple(line("line", (1.0,) * 5, low=low, high=high))
    band = next(each for each in coloured(svg, "#123456") if each.get("fill") == "#123456")
    first, second = [points(part) for part in (band.get("d") or "").split("M")[1:]]
    np.testing.assert_allclose(first, [placed(svg, *each) for each in [(0, 5), (1, 6), (1, 1), (0, 0)]], atol=0.1)
    np.testing.assert_allclose(second, [placed(svg, *each) for each in [(3, 8), (4, 9), (4, 3), (3, 2)]], atol=0.1)


def test_points_are_not_joined_and_dashes_are_dashed() -> None:
    assert not list(coloured(simple(line("points", (1.0, 2.0))), "#123456"))
    (dashed,) = coloured(simple(line("dashed", (1.0, 2.0))), "#123456")
    assert dashed.get("stroke-dasharray")


def test_a_plot_says_its_axes_and_names_and_lies_within_its_bounds() -> None:
    svg = plot_svg(INTENSITY)
    root = parse(svg)
    assert {"Time, s", "Intensity, linearised", "Tumour", "Tumour, fitted", "Frames left out"} <= set(text_of(svg))
    assert root.get("role") == "img" and (root.get("aria-label") or "").startswith("Time-intensity curves. ")
    assert root.findtext(f"{SVG}title") == "Time-intensity curves"
    assert "Tumour: from 0 to 20.0, at most 40.0 at 3.00." in (root.findtext(f"{SVG}desc") or "")
    _, _, width, height = numbers(root.get("viewBox"))
    for each in root.iter():
        for key, largest in (("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height), ("cy", height)):
            assert 0 <= float(each.get(key) or 0) <= largest


def test_many_names_take_several_rows() -> None:
    few = simple(*(Line(f"region number {n}", (0.0, 1.0), (0.0, 1.0)) for n in range(2)))
    many = simple(*(Line(f"region number {n}", (0.0, 1.0), (0.0, 1.0)) for n in range(9)))
    assert numbers(parse(many).get("viewBox"))[3] > numbers(parse(few).get("viewBox"))[3]
    ends = [
        float(each.get("x") or 0) + 0.6 * 12 * len(each.text or "")
        for each in parse(many).iter(f"{SVG}text")
        if (each.text or "").startswith("region")
    ]
    assert len(ends) == 9 and max(ends) <= 480


def test_a_plot_without_values_says_so() -> None:
    svg = simple(line("line", (NAN, NAN)))
    assert "No values" in text_of(svg) and "one: no values." in svg
    assert "No values" in text_of(simple())


def test_words_are_escaped() -> None:
    svg = plot_svg(Plot("p", "<b>", "a & b", "<script>", (Line('"x"', (0.0, 1.0), (0.0, 1.0)),)))
    assert "<b>" not in svg and "<script>" not in svg
    assert {"a & b", "<script>", '"x"'} <= set(text_of(svg))


def test_bars_are_as_long_as_their_values_and_start_at_zero() -> None:
    svg = bars_svg(IMPORTANCE)
    rectangles = list(parse(svg).iter(f"{SVG}rect"))
    right, left = ([float(each.get(key) or 0) for key in ("x", "width")] for each in rectangles)
    assert right[1] / left[1] == pytest.approx(0.12 / 0.03, rel=1e-3)
    assert left[0] + left[1] == pytest.approx(right[0], abs=0.02)  # both meet at zero
    assert rectangles[1].get("fill") == "#d0601c"
    assert {"Chromogranin A", "<Albumin>", "0.120", "−0.030", "–", "Loss of AUROC when permuted"} <= set(text_of(svg))
    assert "Chromogranin A 0.120, γ-GT −0.030, &lt;Albumin&gt; not known." in svg


def test_long_names_are_cut_off_and_no_bars_are_drawn_as_well() -> None:
    long = "a very long name of a laboratory value that nobody can read"
    svg = bars_svg(Bars("b", "B", "", (Bar(long, 1.0), Bar("short", 0.0))))
    (shown,) = [each for each in text_of(svg) if each.startswith("a very")]
    assert shown.endswith("…") and long in svg  # in full for those who cannot see
    assert parse(bars_svg(Bars("b", "B", "", ()))) is not None


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("page", [PAPER, DARK_PAGE])
def test_the_palette_stands_out_from_light_and_dark_pages(colour: str, page: str) -> None:
    lighter, darker = sorted((luminance(colour), luminance(page)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3.0  # WCAG 2.1, 1.4.11


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.1."""
    levels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_survival_curves_start_at_one_and_end_within_the_drawing() -> None:
    svg = plot_svg(SURVIVAL)
    first = next(each for each in coloured(svg, COLOURS[0]) if each.get("stroke") == COLOURS[0])
    np.testing.assert_allclose(points(first.get("d") or "")[0], placed(svg, 0, 1), atol=0.1)
