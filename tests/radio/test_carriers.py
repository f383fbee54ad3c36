"""Carriers of sites and of devices: by hand, by linear programming, and against the formulas of one carrier."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from commune_coverage.radio.carriers import band_of, carriers_seen, held_carriers, with_carriers
from commune_coverage.radio.service.aggregation import needs_with_others, use_carriers
from commune_coverage.readers.towers.link_budgets import load_radios
from tests.radio.test_figures import SPEEDS, Case

LTE, NR = (load_radios(None).technologies[name] for name in ("4g", "5g"))
B20, B3, B7, N78 = (806.0, 791, 821), (1842.5, 1800, 1880), (2655.0, 2600, 2690), (3550.0, 3300, 4200)


def holdings(*rows: tuple[tuple[float, float, float], float, float, str]) -> pd.DataFrame:
    table = [(*band, width, share, technology) for band, width, share, technology in rows]
    names = ["band_mhz", "low_mhz", "high_mhz", "bandwidth_mhz", "downlink_share", "technology"]
    return pd.DataFrame(table, columns=names)


def cells_of(stations: list[int], site: list[int] | None = None, **columns: object) -> pd.DataFrame:
    count = len(stations)
    table = {"operator": "One", "technology": "4g", "site": site or [0] * count, "station": stations}
    return pd.DataFrame(table | {"band_mhz": np.nan, "bandwidth_mhz": np.nan} | columns)


def test_blocks_of_one_band_are_one_carrier_with_a_channel_for_each() -> None:
    """35 MHz at 1,800 are channels of 20 and of 15; 25 MHz in one block are two channels."""
    held = held_carriers(
        holdings((B3, 20, 1, ""), (B20, 10, 1, ""), (B3, 15, 1, ""), (B7, 25, 1, "4g"), (N78, 100, 0.75, "")), "4g", LTE
    )
    assert held.frequency_mhz.tolist() == [806.0, 1842.5, 2655.0]
    assert held.downlink_mhz.tolist() == [10, 35, 25]
    assert held.channels.tolist() == [1, 2, 2]
    new = held_carriers(holdings((N78, 100, 0.75, ""), (B20, 10, 1, "5g"), (B3, 20, 1, "2g")), "5g", NR)
    assert (new.frequency_mhz.tolist(), new.downlink_mhz.tolist()) == ([806.0, 3550.0], [10, 75])
    assert not len(held_carriers(holdings((B3, 20, 1, "")), "3g", LTE).frequency_mhz)


def test_a_cell_is_in_the_nearest_band_that_holds_its_frequency() -> None:
    held = held_carriers(holdings((B3, 20, 1, ""), (B20, 10, 1, ""), (B7, 20, 1, "")), "4g", LTE)
    assert band_of(np.array([800.0, 1800, 1870, 2630, 950, 2100]), held).tolist() == [0, 1, 1, 2, -1, -1]


def test_nine_cells_of_three_sectors_are_three_carriers() -> None:
    cells = cells_of([0] * 9 + [1] * 4 + [2] + [-1] * 7, [0] * 9 + [1] * 4 + [2] + [3] * 7)
    unknown = np.full(len(cells), np.nan)
    assert carriers_seen(cells, unknown).tolist() == [3] * 9 + [2] * 4 + [1] + [1] * 7
    six = np.where(cells["station"] == 0, 6.0, np.nan)
    assert carriers_seen(cells, six)[:9].tolist() == [2] * 9


def test_a_site_that_was_numbered_anew_has_the_carriers_of_its_largest_station() -> None:
    cells = cells_of([0] * 6 + [1] * 3)
    assert carriers_seen(cells, np.full(9, np.nan)).tolist() == [2] * 9


def test_what_a_register_has_at_a_site_says_nothing_of_what_a_crowd_saw_there() -> None:
    cells = cells_of([0] * 3 + [-1] * 12)
    assert carriers_seen(cells, np.full(15, np.nan)).tolist() == [1] * 15


def test_a_crowds_cells_are_on_the_lowest_carriers_in_turn_and_none_is_lost() -> None:
    cells = cells_of([0] * 6 + [1], [0] * 6 + [1])
    held = held_carriers(holdings((B3, 20, 1, ""), (B20, 10, 1, ""), (B7, 20, 1, "")), "4g", LTE)
    found = with_carriers(cells, {("One", "4g"): held}, carriers_seen(cells, np.full(7, np.nan)))
    assert found.index.tolist() == list(range(7))
    assert found["band_mhz"].tolist() == [806.0, 1842.5] * 3 + [806.0]
    assert found["bandwidth_mhz"].tolist() == [10, 20] * 3 + [10]
    assert found["carriers"].tolist() == [1] * 7


def test_a_registers_row_without_a_band_stands_for_all_and_one_that_states_it_for_its_own() -> None:
    cells = cells_of([-1, -1, -1], band_mhz=[np.nan, 1820.0, 1820.0], bandwidth_mhz=[np.nan, np.nan, 5.0])
    held = held_carriers(holdings((B3, 40, 1, ""), (B20, 10, 1, "")), "4g", LTE)
    found = with_carriers(cells, {("One", "4g"): held}, np.ones(3, dtype=np.int64))
    assert found.index.tolist() == [0, 0, 1, 2]
    assert found["band_mhz"].tolist() == [806.0, 1842.5, 1820.0, 1820.0]
    assert found["bandwidth_mhz"].tolist() == [10, 40, 40, 5]
    assert found["channels"].tolist() == [1, 2, 2, 1]


def test_several_carriers_of_unknown_bands_are_one_of_their_width() -> None:
    cells = cells_of([0] * 9)
    found = with_carriers(cells, {}, carriers_seen(cells, np.full(9, np.nan)))
    assert found["carriers"].tolist() == [3] * 9
    assert found["channels"].tolist() == [3] * 9
    assert found["bandwidth_mhz"].isna().all()


@given(seed=st.integers(0, 10_000), count=st.integers(1, 6), device=st.floats(1, 100))
@settings(max_examples=60, deadline=None)
def test_a_device_takes_the_fastest_carriers_within_its_width(seed: int, count: int, device: float) -> None:
    rng = np.random.default_rng(seed)
    width, used = rng.choice([5.0, 10, 15, 20], count), np.zeros(count)
    speed = width * rng.choice([0.0, 0.3, 1.1, 2.0, 4.4], count)
    found = use_carriers(0, count, speed, width, device, used)
    best = linprog(-speed, A_ub=[width], b_ub=[device], bounds=[(0, 1)] * count)
    assert found == pytest.approx(-best.fun, abs=1e-9)
    assert found == pytest.approx(used @ speed)
    assert used @ width <= device + 1e-9


def test_without_aggregation_the_fastest_carrier_serves_alone() -> None:
    used = np.zeros(4)
    assert use_carriers(1, 4, np.array([99.0, 3, 7, 5]), np.full(4, 5.0), 0.0, used) == 7
    assert used.tolist() == [0, 0, 1, 0]
    assert use_carriers(0, 2, np.zeros(2), np.full(2, 5.0), 0.0, used) == 0


@pytest.mark.parametrize("cell", [0, 1])
def test_a_carrier_to_which_none_adds_needs_what_it_needs_alone(cell: int) -> None:
    case = Case(3)
    parameters = case.parameters()
    for sender, carrier in enumerate(case.table["carrier"]):
        for row, mbps in enumerate(SPEEDS):
            found = needs_with_others(parameters, sender, carrier, mbps, cell, (1.0, 1.0, 1.0))
            assert found == pytest.approx(tuple(parameters.transmitters.needed[sender, row, cell]), rel=1e-9)


def test_half_of_the_speed_is_asked_of_a_carrier_to_which_another_adds_as_much() -> None:
    case = Case(3)
    parameters = case.parameters()
    sender = int(np.flatnonzero(case.table["technology"] == "4g")[0])
    carrier = int(case.table["carrier"].iloc[sender])
    half = needs_with_others(parameters, sender, carrier, 2 * SPEEDS[0], 1, (2.0, 2.0, 2.0))
    assert half == pytest.approx(tuple(parameters.transmitters.needed[sender, 0, 1]), rel=1e-9)
