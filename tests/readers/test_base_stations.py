"""Cells of a base station by its identity, by hand: LTE's is 256 times the station and the sector (3GPP TS 36.413)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from commune_coverage.readers.towers.base_stations import relocate_to_base_station


def _moved(rows: list[tuple[str, str, float, float, float]], is_crowd: bool = True) -> list[float]:
    """``x_m`` of each cell at its base station; rows are technology, operator, identity, samples and ``x_m``."""
    cells = pd.DataFrame(rows, columns=["technology", "operator", "cell_id", "samples", "x_m"])
    cells = cells.assign(lon=104 + cells["x_m"] / 1e5, lat=11.0)
    moved = relocate_to_base_station(
        cells, cells["x_m"].to_numpy(), np.zeros(len(cells)), np.full(len(cells), is_crowd)
    )
    assert moved["lon"].tolist() == pytest.approx((104 + moved["x_m"] / 1e5).tolist())
    assert (moved["y_m"] == 0).all()
    return [round(float(x), 6) for x in moved["x_m"]]


def test_sectors_of_a_station_stand_at_their_mean_weighted_by_measurements() -> None:
    station = 256 * 4711
    rows = [
        ("4g", "A", station + 1, 30.0, 0.0),
        ("4g", "A", station + 255, 10.0, 400.0),
        ("4g", "A", station + 256, 5.0, 900.0),
    ]
    # (30 x 0 + 10 x 400) / 40; the next identity is another station's.
    assert _moved(rows) == [100.0, 100.0, 900.0]


def test_stations_of_5g_have_4096_identities_and_those_of_other_networks_are_hidden() -> None:
    pair = [(16 * 4096 + 1, 0.0), (17 * 4096 - 1, 100.0)]
    assert _moved([("5g", "A", cell, 1.0, x) for cell, x in pair]) == [50.0, 50.0]
    assert _moved([("4g", "A", cell, 1.0, x) for cell, x in pair]) == [0.0, 100.0]
    assert _moved([("3g", "A", 16 * 4096, 1.0, x) for x in (0.0, 100.0)]) == [0.0, 100.0]


def test_the_same_number_of_another_operator_or_technology_is_another_station() -> None:
    rows = [
        ("4g", "A", 4096.0 * 256, 1.0, 0.0),
        ("4g", "B", 4096.0 * 256, 1.0, 100.0),
        ("5g", "A", 4096.0 * 256, 1.0, 200.0),
    ]
    assert _moved(rows) == [0.0, 100.0, 200.0]


@pytest.mark.parametrize(
    ("cell_id", "is_station"), [(255, False), (256, True), (2**36 - 1, True), (2**36, False), (np.nan, False)]
)
def test_a_number_without_a_station_or_of_more_than_36_bits_names_none(cell_id: float, is_station: bool) -> None:
    moved = _moved([("4g", "A", cell_id, 1.0, x) for x in (0.0, 100.0)])
    assert moved == ([50.0, 50.0] if is_station else [0.0, 100.0])


def test_a_position_that_a_register_states_stays() -> None:
    assert _moved([("4g", "A", 256.0, 1.0, x) for x in (0.0, 100.0)], is_crowd=False) == [0.0, 100.0]


def test_a_cell_5_km_from_the_median_of_its_station_is_of_it_and_one_farther_is_by_itself() -> None:
    assert _moved([("4g", "A", 256.0, 1.0, x) for x in (0.0, 0.0, 5000.0)]) == [1666.666667] * 3
    assert _moved([("4g", "A", 256.0, 1.0, x) for x in (0.0, 0.0, 5000.1)]) == [0.0, 0.0, 5000.1]


def test_a_cell_without_samples_weighs_as_one() -> None:
    rows = [("4g", "A", 256.0, samples, x) for samples, x in ((np.nan, 0.0), (0.0, 100.0), (2.0, 200.0))]
    assert _moved(rows) == [125.0] * 3
