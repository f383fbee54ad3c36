"""Link budgets of the shipped radios, worked by formulas written out here; what a register states; masts on hills."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from commune_coverage.core.jit import read_only
from commune_coverage.population.urbanisation import RURAL
from commune_coverage.radio.network_model import NetworkModel, noise_dbm_of
from commune_coverage.radio.path_gain_tables import gain_at
from commune_coverage.radio.service.bit_flags import bit_names, flags_of
from commune_coverage.radio.service.carrier import Figures, ServiceInputs
from commune_coverage.radio.service.parameters import Received, make_link_parameters
from commune_coverage.radio.service.place import place_figures
from commune_coverage.radio.tile import Places
from commune_coverage.radio.transmitters import NetworkTables, make_gains, make_network, sigma_db
from commune_coverage.radio.uncertainty import make_variance_tables
from commune_coverage.readers.towers.link_budgets import load_radios
from tests import mimo
from tests.hata import open_country_db

RADIOS = load_radios(None)
NAN = math.nan
Z = NormalDist().inv_cdf(0.9)
IDLE = (np.zeros(1), np.zeros(1), np.zeros(1))


def _network(cells: dict[str, list[object]], *, over_ground_m: float = NAN, is_register: bool = False) -> NetworkTables:
    """Cells of one operator in the country, each on a site of its own, where nothing is stated unless it is said."""
    count = len(next(iter(cells.values())))
    usual: dict[str, object] = {
        "operator": "One",
        "technology": "4g",
        "site": np.arange(count),
        "samples": 10.0,
        "lon": 104.0,
        "lat": 11.0,
        "x_m": 1e5 * np.arange(count),
        "y_m": 0.0,
        "band_mhz": NAN,
        "bandwidth_mhz": NAN,
        "eirp_dbm": NAN,
        "antenna_height_m": NAN,
    }
    table = pd.DataFrame(usual | cells, index=range(count))
    raised = np.full(count, over_ground_m)
    return make_network(table, np.full(count, RURAL, dtype=np.int8), raised, is_register, RADIOS)


@dataclass(frozen=True)
class Budget:
    """What docs and the shipped radios say of a technology in open country, written down anew."""

    mhz: float
    width_mhz: float
    eirp_dbm: float
    noise_figure_db: float
    least_db: float
    shannon_alpha: float
    most: float
    sigma_db: float
    layers: int
    most_loss_db: float

    def loss_db(self, km: float) -> float:
        return open_country_db(self.mhz, 30, km)

    @property
    def noise_dbm(self) -> float:
        return -174 + 10 * math.log10(self.width_mhz * 1e6) + self.noise_figure_db

    def speed_mbps(self, sinr_db: float) -> float:
        if sinr_db < self.least_db:
            return 0.0
        return self.width_mhz * mimo.efficiency(sinr_db, self.shannon_alpha, self.most, self.layers)


BUDGETS = {
    "2g": Budget(900, 0.2, 57, 8, 9, 0.4, 1.0, 9, 1, 33 + 15.5 + 110),
    "3g": Budget(2100, 5, 60, 9, -8, 0.4, 2.0, 9, 1, 24 + 17 + 118.657),
    "4g": Budget(1800, 20, 61, 9, -6, 0.6, 4.4, 9, 2, 23 + 16.5 + 119.937),
    "5g": Budget(3500, 80, 68, 9, -6, 0.6, 4.4, 9, 4, 23 + 22 + 112.927),
}
KM = (1.01, 5.0, 19.9)


def _entries(mhz: float) -> dict[str, tuple[float, float]]:
    """Median and scatter of getting in, dB: 3 of a body; 9 more and 12.8 / 2 z of a car; P.2109-1, traditional."""
    log_f = math.log10(mhz / 1000)
    half, hard = (
        10
        * math.log10(
            10 ** ((deviate * (9.6 + 2 * log_f) + 12.64 + 3.72 * log_f + 0.96 * log_f**2) / 10)
            + 10 ** ((deviate * (4.5 - 2 * log_f) + 9.1 - 3 * log_f) / 10)
            + 10**-0.3
        )
        for deviate in (0.0, Z)
    )
    return {"outdoor": (3.0, 0.0), "in_vehicle": (12.0, 12.8 / (2 * Z)), "indoor": (3 + half, (hard - half) / Z)}


def _figures(technology: str, environments: tuple[int, ...] = (RURAL,) * len(KM)) -> Figures:
    """Of three places at KM from one mast that nothing else disturbs, each in a block of its own."""
    network = _network({"technology": [technology]})
    gains = make_gains(network.pathloss_classes, RADIOS, 65_000.0)
    metres = 1000 * np.array(KM)
    gain = np.array([gain_at(gains.table[RURAL], float(metre**2)) for metre in metres])
    power = (gain * 10 ** (network.transmitters["eirp_dbm"].to_numpy() / 10))[None]
    nothing = np.zeros((1, len(KM)))
    server, near, channels = np.zeros((1, len(KM)), np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64)
    received = Received(power, nothing, nothing, nothing, server, near, channels)
    places = Places(metres, *(metres * 0,) * 3, np.arange(len(KM) + 1), np.array(environments))
    model = NetworkModel(
        network.transmitters,
        network.carriers,
        ["One"],
        RADIOS,
        gains,
        make_variance_tables(network.transmitters, RADIOS),
        sigma_db(network.pathloss_classes, RADIOS),
        noise_dbm_of(network.transmitters, RADIOS),
        65_000.0,
        (0.0, 0.0, 0.0),
    )
    inputs = read_only(ServiceInputs(places, received, make_link_parameters(model, IDLE, [10.0]), 1))
    return place_figures(inputs, np.zeros(len(KM)), np.arange(len(KM)))


@pytest.mark.parametrize("technology", ["2g", "3g", "4g", "5g"])
def test_the_shipped_radios_give_what_a_link_budget_by_hand_gives_at_1_5_and_20_km(technology: str) -> None:
    budget, found = BUDGETS[technology], _figures(technology)
    row = list(BUDGETS).index(technology)
    flags: dict[str, np.ndarray] = {}
    for field, name in enumerate(bit_names(1, [10.0])):
        flags |= flags_of(name, found.flags[:, field])
    for place, km in enumerate(KM):
        power = budget.eirp_dbm - budget.loss_db(km)
        assert found.received_dbm[row, place] == pytest.approx(power, abs=0.01)
        for where, (median, scatter) in _entries(budget.mhz).items():
            level = power - median - Z * math.hypot(budget.sigma_db, scatter) - budget.noise_dbm
            heard = budget.most_loss_db - budget.loss_db(km) - median - Z * math.hypot(budget.sigma_db, scatter)
            assert min(abs(level - budget.least_db), abs(heard)) > 0.05, "too near the limit to tell"
            covered = level >= budget.least_db and heard >= 0
            assert flags[f"{where}_any_{technology}"][place] == covered, (where, km)
        at_edge = power - 3 - Z * budget.sigma_db - budget.noise_dbm
        heard = budget.most_loss_db - budget.loss_db(km) - 3
        covered = at_edge >= budget.least_db and heard >= Z * budget.sigma_db
        wanted = budget.speed_mbps(at_edge) if covered else 0.0
        assert found.edge_mbps[place] == pytest.approx(wanted, rel=4e-3)
        wanted = budget.speed_mbps(power - 3 - budget.noise_dbm) if covered else 0.0
        assert found.busy_mbps[place] == pytest.approx(wanted, rel=2e-3)
        assert flags["served_10"][place] == (wanted >= 10)
        chance = NormalDist().cdf(min(power - 3 - budget.noise_dbm - budget.least_db, heard) / budget.sigma_db)
        assert found.coverage_probability[row, place] == pytest.approx(chance, abs=1e-3)


def test_each_place_has_the_environment_of_its_block() -> None:
    mixed = _figures("4g", (2, 0, 1))
    alike = [_figures("4g", (environment,) * len(KM)) for environment in range(3)]
    for place, environment in enumerate((2, 0, 1)):
        assert mixed.flags[place].tolist() == alike[environment].flags[place].tolist()
        found, expected = (each.uncertainty_component[:, place].tolist() for each in (mixed, alike[environment]))
        assert found == expected
    assert any((one.flags != alike[0].flags).any() for one in alike)


def test_some_of_the_links_worked_by_hand_hold_and_some_do_not() -> None:
    """4G at 5 km: 128.89 dB from 30 m at 1,800 MHz; 61 - 128.89 - 3 over -91.99 of noise is 21.10 dB."""
    four = BUDGETS["4g"]
    assert four.loss_db(5) == pytest.approx(128.89, abs=0.01)
    assert 61 - four.loss_db(5) - 3 - four.noise_dbm == pytest.approx(21.10, abs=0.01)
    found = {name: _figures(name) for name in BUDGETS}
    speeds = np.array([found[name].edge_mbps for name in BUDGETS])
    assert (speeds == 0).any()
    assert (speeds > 10).any()
    # At best 20 MHz x 2 layers x 4.4 bit/s/Hz.
    assert found["4g"].edge_mbps[0] == pytest.approx(176)


def test_a_cell_on_a_hill_of_120_m_reaches_as_hata_says_of_150_m() -> None:
    network = _network({"technology": ["2g"], "antenna_height_m": [30.0]}, over_ground_m=120.0)
    assert network.transmitters["effective_height_m"].tolist() == [150.0]
    # The mast itself stands 30 m over its own ground, which is what terrain sees.
    assert network.transmitters["antenna_height_m"].tolist() == [30.0]
    gains = make_gains(network.pathloss_classes, RADIOS, 65_000.0)
    for km in (3.0, 5.0, 15.0):
        loss = -10 * math.log10(gain_at(gains.table[RURAL], (1000 * km) ** 2))
        assert loss == pytest.approx(open_country_db(900, 150, km), abs=0.005)
        assert loss < open_country_db(900, 30, km) - 5


@pytest.mark.parametrize(
    ("over_ground_m", "effective_m"),
    [(-50.0, 30.0), (NAN, 30.0), (2.4, 30.0), (2.6, 35.0), (120.0, 150.0), (500.0, 200.0)],
)
def test_a_valley_lowers_no_mast_and_a_mountain_raises_it_to_200_m(over_ground_m: float, effective_m: float) -> None:
    network = _network({"antenna_height_m": [30.0]}, over_ground_m=over_ground_m)
    assert network.transmitters["effective_height_m"].tolist() == [effective_m]


# Stated, and as documented: to 10 MHz, 0.2 MHz, 1 dB and 5 m.
STATED = {
    "frequency_mhz": [(700.0, 700), (1842.5, 1840), (2600.0, 2600), (3500.0, 3500), (947.0, 950)],
    "bandwidth_mhz": [(0.2, 0.2), (1.4, 1.4), (3.0, 3.0), (15.0, 15.0), (100.0, 100.0)],
    "eirp_dbm": [(43.0, 43), (56.4, 56), (56.6, 57), (62.0, 62), (68.0, 68)],
    "antenna_height_m": [(20.0, 20), (32.0, 30), (33.0, 35), (45.0, 45), (1.0, 5)],
}


def test_bandwidths_power_and_heights_that_a_register_states_come_back_as_stated() -> None:
    cells = {("band_mhz" if name == "frequency_mhz" else name): [one for one, _ in of] for name, of in STATED.items()}
    table = _network(cells, is_register=True).transmitters.sort_values("x_m")
    for name, values in STATED.items():
        wanted = [taken for _, taken in values]
        for bound in ("", "_low", "_high"):
            assert table[f"{name}{bound}"].tolist() == pytest.approx(wanted, abs=1e-9), name
        assert table[f"{name}_stated"].all()


def test_what_no_register_states_is_assumed_each_with_its_own_spread() -> None:
    """Only the one thing that is stated is sure."""
    table = _network({"technology": ["4g", "5g"], "eirp_dbm": [50.0, NAN]}).transmitters.sort_values("x_m")
    wanted = {
        "frequency_mhz": [(1800, 800, 2100), (3500, 2600, 3500)],
        "bandwidth_mhz": [(20, 10, 40), (80, 40, 100)],
        "eirp_dbm": [(50, 50, 50), (68, 64, 72)],
        "antenna_height_m": [(30, 20, 45), (30, 20, 40)],
    }
    for name, values in wanted.items():
        found = table[[name, f"{name}_low", f"{name}_high"]].to_numpy().tolist()
        assert found == [list(each) for each in values], name
        assert table[f"{name}_stated"].tolist() == [name == "eirp_dbm", False]


def test_a_position_is_off_by_1500_m_over_the_root_of_its_samples_150_m_at_least_and_30_in_a_register() -> None:
    samples = [1.0, 0.0, NAN, 4.0, 25.0, 100.0, 99.0, 10_000.0]
    found = _network({"samples": samples}).transmitters.sort_values("x_m")["position_sigma_m"]
    assert found.tolist() == pytest.approx([1500, 1500, 1500, 750, 300, 150, 1500 / 99**0.5, 150])
    stated = _network({"samples": samples}, is_register=True).transmitters["position_sigma_m"]
    assert stated.tolist() == [30.0] * 8


def test_an_error_that_the_data_show_counts_instead_150_m_at_least() -> None:
    shown: list[object] = [400.0, 90.0, NAN]
    found = _network({"samples": [4.0] * 3, "position_sigma_m": shown}).transmitters.sort_values("x_m")
    assert found["position_sigma_m"].tolist() == [400.0, 150.0, 750.0]


def test_cells_that_a_site_has_twice_as_stations_numbered_anew_are_sectors_once() -> None:
    cells: dict[str, list[object]] = {"site": [7] * 6, "x_m": [0.0] * 6, "samples": [10.0] * 6}
    stations: dict[str, list[object]] = {"station": [1, 1, 1, 2, 2, 3]}
    assert _network(cells).transmitters["sectors"].tolist() == [6]
    assert _network(cells | stations).transmitters["sectors"].tolist() == [3]
