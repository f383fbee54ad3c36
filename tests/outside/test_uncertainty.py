"""How far off a power and a capacity may be: tables of doubt from Hata by hand, spreads of capacity by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from commune_coverage.radio.link_budget import capacity_sigma_db, needed_sinr_db
from commune_coverage.radio.link_budget_config import ONE_LAYER, Radios, UncertainValue
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.radio.propagation import fallback_chain
from commune_coverage.radio.propagation.base import Link, Model
from commune_coverage.radio.propagation.registry import MODELS
from commune_coverage.radio.service.parameters import OWN_CELL, SHARED_CELL, make_link_parameters
from commune_coverage.radio.transmitters import NetworkTables, make_gains, make_network
from commune_coverage.radio.uncertainty import VarianceTables, make_variance_tables, node_at
from commune_coverage.readers.towers.link_budgets import load_radios
from tests.hata import open_country_db

RADIOS = load_radios(None)
TENTHS = 2 * 1.2815515655446004
"""Between a tenth and nine tenths lie so many standard deviations."""


def _nodes_m() -> np.ndarray:
    """Four steps to each doubling of the squared distance, from 1 m to 65,536 m."""
    squares = [2.0**octave * (1 + quarter / 4) for octave in range(32) for quarter in range(4)]
    return np.sqrt([*squares, 2.0**32])


def _row(mhz: float, height_m: float, raised_m: float = 0.0, **spreads: float) -> pd.DataFrame:
    usual = {
        "pathloss_class": 0,
        "frequency_mhz": mhz,
        "antenna_height_m": height_m,
        "effective_height_m": height_m + raised_m,
        "frequency_mhz_low": mhz,
        "frequency_mhz_high": mhz,
        "antenna_height_m_low": height_m,
        "antenna_height_m_high": height_m,
    }
    return pd.DataFrame([usual | spreads])


def _at(table: np.ndarray, environment: int, km: float) -> tuple[float, float]:
    """The entry nearest to a distance and the km of its node."""
    nodes = _nodes_m() / 1000
    node = int(np.abs(nodes**2 - km**2).argmin())
    return float(table[0, environment, node]), float(nodes[node])


def test_a_power_law_of_n_db_a_decade_has_slope_n_at_every_node(monkeypatch: pytest.MonkeyPatch) -> None:
    environments, models = dict(RADIOS.environments), dict(MODELS)
    for name, slope in (("rural", 25.0), ("suburban", 35.0), ("urban", 45.0)):

        def loss_db(distance_m: np.ndarray, _: Link, slope: float = slope) -> np.ndarray:
            return 300 + slope * np.log10(np.maximum(distance_m, 1.0) / 1000)

        law = Model(f"law_{slope:g}", "a test", loss_db, 8.0, (100, 1e5), (1.0, 70_000.0), (1, 500))
        models[law.name] = law
        environments[name] = environments[name].model_copy(update={"models": [law.name]})  # type: ignore[index]
    monkeypatch.setattr(fallback_chain, "propagation_models", lambda: models)
    found = make_variance_tables(_row(900, 40), RADIOS.model_copy(update={"environments": environments}))
    assert found.slope_db.shape == (1, 3, len(_nodes_m()))
    for environment, slope in enumerate((25.0, 35.0, 45.0)):
        np.testing.assert_allclose(found.slope_db[0, environment], slope, rtol=1e-9)
    # A law that knows neither height nor band leaves neither in doubt.
    assert not found.height_db.any()
    assert not found.band_db.any()


def test_the_node_of_a_distance_is_the_nearest_of_its_squares_octave() -> None:
    nodes = _nodes_m()
    for node in (0, 1, 5, 50, 99, 127, 128):
        assert node_at(float(nodes[node] ** 2)) == node
        if node < 128:
            gap = nodes[node + 1] ** 2 - nodes[node] ** 2
            assert node_at(float(nodes[node] ** 2 + 0.49 * gap)) == node
            assert node_at(float(nodes[node] ** 2 + 0.51 * gap)) == node + 1
    assert (node_at(0.0), node_at(1e12)) == (0, 128)


@pytest.mark.parametrize("km", [3.0, 5.0, 15.0])
def test_a_span_of_heights_is_what_hata_says_of_its_ends_and_raised_ground_raises_both(km: float) -> None:
    spreads = {"antenna_height_m_low": 35.0, "antenna_height_m_high": 60.0}
    for raised_m in (0.0, 100.0):
        found, node_km = _at(make_variance_tables(_row(900, 40, raised_m, **spreads), RADIOS).height_db, 0, km)
        low, high = (open_country_db(900, metres + raised_m, node_km) for metres in (35, 60))
        assert found == pytest.approx((low - high) / TENTHS, rel=1e-9)


@pytest.mark.parametrize("km", [1.5, 5.0, 15.0])
def test_a_span_of_bands_is_what_hata_says_of_its_ends(km: float) -> None:
    tables = make_variance_tables(_row(900, 40, frequency_mhz_low=700.0, frequency_mhz_high=1800.0), RADIOS)
    found, node_km = _at(tables.band_db, 0, km)
    low, high = (open_country_db(mhz, 40, node_km) for mhz in (700, 1800))
    assert found == pytest.approx((high - low) / TENTHS, rel=1e-9)
    assert not tables.height_db.any()


def test_the_slope_of_open_country_is_hatas() -> None:
    """44.9 - 6.55 log h, of the height over the land about."""
    tables: VarianceTables = make_variance_tables(_row(900, 40, 60.0), RADIOS)
    for km in (3.0, 5.0, 12.0):
        assert _at(tables.slope_db, 0, km)[0] == pytest.approx(44.9 - 6.55 * math.log10(100), rel=1e-9)


def test_a_doubt_is_of_40_db_at_most_and_each_kind_of_mast_has_its_own_tables() -> None:
    rows = pd.concat(
        [
            _row(900, 40, antenna_height_m_low=1.0, antenna_height_m_high=200.0),
            _row(900, 40).assign(pathloss_class=1, antenna_height_m_high=45.0),
            _row(900, 40, antenna_height_m_low=1.0, antenna_height_m_high=200.0),
        ]
    )
    found = make_variance_tables(rows, RADIOS)
    assert found.of.tolist() == [0, 1, 0]
    assert found.height_db.max() <= 40.0
    own, node_km = _at(found.height_db[1:], 0, 5.0)
    assert own == pytest.approx(
        (open_country_db(900, 40, node_km) - open_country_db(900, 45, node_km)) / TENTHS, rel=1e-9
    )


def _db(bits_per_hz: float, shannon_alpha: float) -> float:
    """What 3GPP TR 36.942 annex A takes for so many bit/s/Hz: 10 log10(2^(b / a) - 1)."""
    return 10 * math.log10(2 ** (bits_per_hz / shannon_alpha) - 1)


def test_the_spread_of_capacity_from_5_to_20_mhz_by_hand() -> None:
    """10 Mbps of LTE in 10 MHz: 9.58 dB if it were 5, -1.07 if 20; 4.77 and 1.82 at efficiencies of 0.5 and 0.75."""
    width = (np.array([10.0]), np.array([5.0]), np.array([20.0]))
    assert [_db(2, 0.6), _db(0.5, 0.6)] == pytest.approx([9.580, -1.069], abs=0.001)
    assert [_db(1, 0.5), _db(1, 0.75)] == pytest.approx([4.771, 1.818], abs=0.001)
    wanted = math.hypot((9.5805 + 1.0692) / 2.56310, (4.7712 - 1.8180) / 2.56310)
    found = capacity_sigma_db(np.array([10.0]), RADIOS.technologies["4g"], width)
    assert found == pytest.approx([wanted], abs=1e-3)
    assert wanted == pytest.approx(4.312, abs=0.001)


def test_a_speed_that_a_narrow_carrier_never_reaches_counts_as_30_db() -> None:
    """30 Mbps in 5 MHz are 6 bit/s/Hz, and 4.4 the most; in 20 MHz 1.5, in 10 MHz 3."""
    width = (np.array([10.0]), np.array([5.0]), np.array([20.0]))
    wanted = math.hypot((30 - _db(1.5, 0.6)) / TENTHS, (_db(3, 0.5) - _db(3, 0.75)) / TENTHS)
    assert capacity_sigma_db(np.array([30.0]), RADIOS.technologies["4g"], width) == pytest.approx([wanted], rel=1e-9)


def test_at_the_most_bits_a_speed_is_just_reached_and_slow_ones_take_the_technologys_least() -> None:
    budget = RADIOS.technologies["4g"]
    found = needed_sinr_db(np.array([44.0, 44.0001, 0.1]), budget, np.full(3, 10.0), 0.6)
    assert found.tolist() == [pytest.approx(_db(4.4, 0.6)), math.inf, -6.0]


def _with_widths(value: float, low: float, high: float) -> Radios:
    budget = RADIOS.technologies["4g"].model_copy(
        update={"bandwidth_mhz": UncertainValue(value=value, low=low, high=high), "layers": [ONE_LAYER]}
    )
    return RADIOS.model_copy(update={"technologies": RADIOS.technologies | {"4g": budget}})


def _model(network: NetworkTables, radios: Radios) -> NetworkModel:
    """The network of one operator, with 10 dB of shadowing and -95 dBm of noise."""
    return NetworkModel(
        network.transmitters,
        network.carriers,
        ["One"],
        radios,
        make_gains(network.pathloss_classes, radios, 35_000.0),
        make_variance_tables(network.transmitters, radios),
        np.full((1, 3), 10.0),
        np.full(1, -95.0),
        35_000.0,
        (0.0, 0.0, 0.0),
    )


def test_what_10_mbps_take_of_a_shared_cell_and_of_one_to_oneself_by_hand() -> None:
    """One layer of 10 MHz, or 5 to 20; busy for half of the time, or 0.16 to 0.75 of it.

    What is left is rounded to quarters of an octave: 0.5, 2^-0.25 = 0.8409 and 0.25. So 20 Mbps must come of the cell,
    or 11.89 to 40.
    """
    cells = pd.DataFrame(
        {
            "operator": ["One"],
            "technology": "4g",
            "site": 0,
            "samples": 9.0,
            "lon": 0.0,
            "lat": 0.0,
            "x_m": 0.0,
            "y_m": 0.0,
            "band_mhz": 1800.0,
            "bandwidth_mhz": np.nan,
            "eirp_dbm": 60.0,
            "antenna_height_m": 40.0,
        }
    )
    radios = _with_widths(10.0, 5.0, 20.0)
    network = make_network(cells, np.zeros(1, np.int8), np.full(1, np.nan), True, radios)
    busy = (np.array([0.5]), np.array([0.16]), np.array([0.75]))
    terms = make_link_parameters(_model(network, radios), busy, [10.0, 25.0, 100.0])
    few = 10 / 2**-0.25
    users = (_db(4, 0.6) - _db(few / 10, 0.6)) / TENTHS
    width = (_db(4, 0.6) - _db(1, 0.6)) / TENTHS
    efficiency = (_db(2, 0.5) - _db(2, 0.75)) / TENTHS
    shared = terms.transmitters.needed[0, 0, SHARED_CELL]
    assert shared[0] == pytest.approx(_db(2, 0.6), abs=1e-9)
    assert shared[1] == pytest.approx(_db(2, 0.6), abs=1e-9)
    assert shared[2] == pytest.approx(users**2 + width**2 + efficiency**2, rel=1e-9)
    own = terms.transmitters.needed[0, 0, OWN_CELL]
    assert own[0] == pytest.approx(_db(1, 0.6), abs=1e-9)
    assert own[2] == pytest.approx(4.312**2, abs=0.02)
    assert terms.transmitters.residual_capacity.tolist() == [0.5]
    # 25 Mbps of half a cell are 5 bit/s/Hz of 10 MHz, more than 4.4; at best 29.7 of 20 MHz, for which 30 dB stand;
    # 100 Mbps are 5.9 even then.
    assert terms.transmitters.needed[0, 1, SHARED_CELL, :2].tolist() == [math.inf, 30.0]
    assert terms.transmitters.needed[0, 2, SHARED_CELL, :2].tolist() == [math.inf, math.inf]
    # All that a register states of power leaves it in no doubt.
    assert terms.transmitters.power_db2.tolist() == [0.0]


def test_an_assumed_power_of_57_to_64_dbm_is_off_by_7_over_2_56_db() -> None:
    cells = pd.DataFrame(
        {
            "operator": ["One"],
            "technology": "4g",
            "site": 0,
            "samples": 9.0,
            "lon": 0.0,
            "lat": 0.0,
            "x_m": 0.0,
            "y_m": 0.0,
            "band_mhz": np.nan,
            "bandwidth_mhz": np.nan,
            "eirp_dbm": np.nan,
            "antenna_height_m": np.nan,
        }
    )
    network = make_network(cells, np.zeros(1, np.int8), np.full(1, np.nan), False, RADIOS)
    idle = (np.zeros(1), np.zeros(1), np.zeros(1))
    terms = make_link_parameters(_model(network, RADIOS), idle, [10.0])
    assert terms.transmitters.power_db2 == pytest.approx([(7 / TENTHS) ** 2], rel=1e-9)
    assert terms.transmitters.position_m.tolist() == [500.0]
