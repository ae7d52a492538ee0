"""Plots as numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from platewise.store.queries import Bucket
from platewise.web.pages import plots

SINCE = datetime(2026, 3, 29, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(("count", "top"), [(0, 1), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (501, 1000)])
def test_an_axis_ends_at_a_round_number(count: int, top: int) -> None:
    assert plots.rounded_up(count) == top


def test_bars_stand_on_the_foot_and_in_their_hour() -> None:
    plot = plots.over_time([Bucket(SINCE + 6 * HOUR, 10, 5)], SINCE, SINCE + DAY, HOUR)
    (bar,) = plot.bars
    assert bar.x == pytest.approx(plot.left + (plot.width - plot.left) / 4, abs=0.01)
    assert plot.foot - bar.part_y == pytest.approx((plot.foot - bar.y) / 2, abs=0.01)
    assert bar.told == "Sun 29 Mar 06:00: 10 reads, 5 readable"
    assert [tick.text for tick in plot.beside] == ["0", "5", "10"]


def test_a_bar_that_begins_before_the_span_stays_inside() -> None:
    plot = plots.over_time([Bucket(SINCE - HOUR / 2, 1, 1)], SINCE, SINCE + DAY, HOUR)
    assert plot.bars[0].x == plot.left


def test_a_histogram_has_a_bar_for_each_bin() -> None:
    plot = plots.histogram([0] * 19 + [4])
    assert [bar.count for bar in plot.bars] == [0] * 19 + [4]
    assert plot.bars[-1].told == "95 to 100 %: 4 reads"
    assert plot.bars[-1].x + plot.bars[-1].width <= plot.width


def test_no_reads_make_an_empty_plot() -> None:
    assert plots.over_time([], SINCE, SINCE + DAY, HOUR).bars == ()
