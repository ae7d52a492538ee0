"""Plots as numbers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from platewise.store.parking import Count
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


@pytest.mark.parametrize(
    ("noon", "hour"),
    [(datetime(2026, 10, 25, 11, tzinfo=UTC), "13:00"), (datetime(2026, 3, 29, 10, tzinfo=UTC), "11:00")],
    ids=["turned back", "turned forward"],
)
def test_a_day_on_which_the_clock_is_turned_is_drawn_by_true_hours(noon: datetime, hour: str) -> None:
    zone = ZoneInfo("Europe/Zagreb")
    until = noon.astimezone(zone)
    since = (noon - DAY).astimezone(zone)
    plot = plots.over_time([Bucket(noon - HOUR, 4, 4), Bucket(noon - DAY, 4, 4)], since, until, HOUR)
    last, first = plot.bars
    assert first.x == plot.left
    assert last.x == pytest.approx(plot.width - (plot.width - plot.left) / 24, abs=0.01)
    assert last.told.startswith(f"{until:%a %d %b} 11:00")
    assert plot.below[0].text == hour
    assert plot.below[3].text == f"{(noon - DAY / 2).astimezone(zone):%H:%M}"


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


def test_a_count_steps_at_its_changes_and_ends_now() -> None:
    counts = [Count(SINCE, 0), Count(SINCE + 6 * HOUR, 5), Count(SINCE + 9 * HOUR, 10)]
    plot = plots.course(counts, SINCE + DAY, 10, ZoneInfo("UTC"), SINCE + 12 * HOUR)
    assert plot.line == "M44.0 174.0H213.0V92.0H297.5V10.0H382.0"
    assert plot.area == "M44.0 174V174.0H213.0V92.0H297.5V10.0H382.0V174Z"
    assert [tick.text for tick in plot.below] == [f"{hour:02}:00" for hour in range(0, 24, 3)]
    assert [tick.text for tick in plot.beside] == ["0", "5", "10"]
    assert len(plot.strips) == 12
    assert [strip.told for strip in plot.strips[5:7]] == [
        "05:00 to 06:00: 0 inside",
        "06:00 to 07:00: 5 inside",
    ]


def test_an_hour_tells_its_least_and_most() -> None:
    counts = [Count(SINCE, 3), Count(SINCE + HOUR / 2, 7), Count(SINCE + HOUR, 4)]
    told = plots.course(counts, SINCE + DAY, 10, ZoneInfo("UTC"), SINCE + DAY).strips
    assert [strip.told for strip in told[:2]] == ["00:00 to 01:00: 3 to 7 inside", "01:00 to 02:00: 4 inside"]


def test_a_day_on_which_the_clocks_go_forward_has_23_hours() -> None:
    zone = ZoneInfo("Europe/Zagreb")
    midnight = datetime(2026, 3, 28, 23, tzinfo=UTC)
    plot = plots.course([Count(midnight, 1)], midnight + 23 * HOUR, 4, zone, midnight + 23 * HOUR)
    assert len(plot.strips) == 23
    assert plot.strips[1].told == "01:00 to 03:00: 1 inside"
    assert [tick.text for tick in plot.below][:3] == ["00:00", "04:00", "07:00"]


def test_a_car_park_that_holds_more_than_its_places_fits_into_its_plot() -> None:
    plot = plots.course([Count(SINCE, 12)], SINCE + DAY, 10, ZoneInfo("UTC"), SINCE)
    assert [tick.text for tick in plot.beside] == ["0", "6", "12"]
    assert plot.strips == ()
