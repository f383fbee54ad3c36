"""What places get, place by place, against the same formulas written out plainly."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import RegularGridInterpolator
from scipy.stats import norm

from commune_coverage.core.jit import read_only
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, Radios, Technology, noise_dbm
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.radio.service.bit_flags import SERVED, WHERE, bit_names, covered_column, flags_of
from commune_coverage.radio.service.carrier import Figures, ServiceInputs
from commune_coverage.radio.service.parameters import LinkParameters, Received, make_link_parameters
from commune_coverage.radio.service.place import place_figures
from commune_coverage.radio.service.users import Population, offered_traffic
from commune_coverage.radio.shadowing import DIFFERENCES_DB, EXCESSES_DB, margins
from commune_coverage.radio.tile import NO_SERVER, Places
from commune_coverage.radio.transmitters import make_gains, make_network, sigma_db
from commune_coverage.radio.uncertainty import UNCERTAINTY_COMPONENTS, make_variance_tables, node_at
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.schema.inputs import CHOICES, FIXED_POINT_SCALE, PLACE_BOUNDS, TECHNOLOGIES
from tests import mimo

RADIOS = load_radios(None)
SPEEDS = [10.0, 25.0]
PLACES = 300
Row = dict[str, float | bool]
Bounded = dict[str, bool]
HEADLINE = ("served", SPEEDS[0])
FIGURES = (
    ("served", "outdoor", 0.5, True),
    ("served_indoor", "indoor", 0.5, True),
    ("edge_served", "outdoor", RADIOS.conditions.edge_probability, False),
)


Z90 = float(norm.ppf(0.9))


def entry_db(mhz: float, where: str) -> tuple[float, float]:
    """Median and scatter of getting in: a body, a car of TR 38.901, a traditional building of ITU-R P.2109-1."""
    if where != "indoor":
        return (3.0, 0.0) if where == "outdoor" else (12.0, 12.8 / (2 * Z90))
    log_f = np.log10(mhz / 1000)
    half, hard = (
        10
        * np.log10(
            10 ** ((z * (9.6 + 2 * log_f) + 12.64 + 3.72 * log_f + 0.96 * log_f**2) / 10)
            + 10 ** ((z * (4.5 - 2 * log_f) + 9.1 - 3 * log_f) / 10)
            + 10**-0.3
        )
        for z in (0.0, Z90)
    )
    return 3 + half, (hard - half) / Z90


def left_of(busy: float) -> float:
    """What is left of a cell, at least 2^-5.5, to a quarter of an octave."""
    return float(2 ** (np.rint(4 * np.log2(max(1 - busy, 2**-5.5))) / 4))


def takes_db(speed: float, budget: Technology, width: float, shannon_alpha: float, layers: int) -> float:
    """The SINR of a speed by the bound of TR 36.942 annex A for each layer."""
    return max(mimo.takes_db(speed / width, shannon_alpha, budget.max_bits_per_s_per_hz, layers), budget.min_sinr_db)


def span_db(hard: float, easy: float) -> float:
    """Standard deviation of which these are a tenth and nine tenths; 30 dB stand for what is never reached."""
    return (min(hard, 30.0) - min(easy, 30.0)) / (2 * Z90)


# Gain less feeder (dBi), noise figure, noise rise (dB), width (MHz) and least SINR (dB) of a base station that listens,
# and the variance of the first three.
STATION = {
    "2g": (15.5, 3.5, 1.5, 0.2, 6),
    "3g": (17, 3.5, 3, 3.84, -17),
    "4g": (16.5, 3.5, 2, 0.36, -7),
    "5g": (22, 3.5, 2, 0.72, -3),
}
UPLINK_DB2 = {
    name: (gain**2 + 3**2 + rise**2) / (2 * Z90) ** 2
    for name, (gain, rise) in {"2g": (3, 3), "3g": (3, 2), "4g": (3, 2), "5g": (5, 2)}.items()
}


class Case:
    """A small network of two operators and what random places receive of it."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        cells = pd.DataFrame(
            {
                "operator": rng.choice(["A", "B"], 24),
                "technology": rng.choice(list(TECHNOLOGIES), 24),
                "site": np.arange(24),
                "samples": rng.integers(1, 300, 24).astype(float),
                "lon": 0.0,
                "lat": 0.0,
                "x_m": rng.uniform(0, 3e4, 24),
                "y_m": rng.uniform(0, 3e4, 24),
                "frequency_mhz": np.nan,
                "band_mhz": np.nan,
                "bandwidth_mhz": np.where(rng.random(24) < 0.5, 10.0, np.nan),
                "eirp_dbm": np.where(rng.random(24) < 0.5, 58.0, np.nan),
                "antenna_height_m": np.nan,
            }
        )
        network = make_network(cells, rng.integers(0, 3, 24).astype(np.int8), np.full(24, np.nan), False, RADIOS)
        self.table, self.carriers = network.transmitters, network.carriers
        self.pathloss_classes = network.pathloss_classes
        self.operators = ["A", "B"]
        self.variance_tables = make_variance_tables(self.table, RADIOS)
        self.sigma = sigma_db(network.pathloss_classes, RADIOS)[self.table["pathloss_class"].to_numpy()]
        figure = [RADIOS.technologies[name].noise_figure_db for name in self.table["technology"]]
        self.noise = np.array([noise_dbm(w, f) for w, f in zip(self.table["bandwidth_mhz"], figure, strict=True)])
        self.busy = [rng.uniform(0, 1.2, len(self.table)) * part for part in (1.0, 0.5, 1.5, 2.0, 0.4)]
        self.received, self.places, self.people = self._received(rng)
        self.fixed = np.where(rng.random(PLACES) < 0.1, 20.0, 0.0)

    def _received(self, rng: np.random.Generator) -> tuple[Received, Places, np.ndarray]:
        shape = (len(self.carriers), PLACES)
        power, strongest, edge, busy = (
            10 ** (rng.uniform(*span, shape) / 10) for span in ((-115, -50), (-130, -70), (-125, -75), (-125, -75))
        )
        strongest = np.where(rng.random(shape) < 0.3, 0.0, np.minimum(strongest, power))
        server = np.full(shape, NO_SERVER)
        for number in range(len(self.carriers)):
            own = np.flatnonzero(self.table["carrier"] == number)
            server[number] = np.where(rng.random(PLACES) < 0.8, rng.choice(own, PLACES), NO_SERVER)
        near, carriers = np.arange(len(self.table)), np.arange(len(self.carriers))
        starts = np.array([0, 100, 180, PLACES])
        x_m, y_m = rng.uniform(0, 3e4, (2, PLACES))
        places = Places(x_m, y_m, x_m * 0, x_m * 0, starts, np.array([0, 1, 2]))
        return Received(power, strongest, edge, busy, server, near, carriers), places, rng.uniform(0, 50, PLACES)

    def parameters(self, radios: Radios = RADIOS) -> LinkParameters:
        network = NetworkModel(
            self.table,
            self.carriers,
            self.operators,
            radios,
            make_gains(self.pathloss_classes, RADIOS, 35_000.0),
            self.variance_tables,
            self.sigma,
            self.noise,
            35_000.0,
            (0.0, 0.0, 0.0),
        )
        return make_link_parameters(network, self.busy, SPEEDS)

    def inputs(self, radios: Radios = RADIOS) -> ServiceInputs:
        return read_only(ServiceInputs(self.places, self.received, self.parameters(radios), 2))

    def against(self, place: int, row: int, where: str, probability: float) -> np.ndarray:
        """Margins of shadowing, as ratios."""
        sender, environment = self.received.server[row, place], self.environment(place)
        power, other = self.received.power_mw[row, place], self.received.dominant_interferer_mw[row, place]
        lead = 10 * np.log10(power / other) if other > 0 else np.inf
        excess = self.excess_db(place, row, other)
        _, scatter_db = entry_db(float(self.carriers["frequency_mhz"].iloc[row]), where)
        table = margins(
            float(self.sigma[sender, environment]), scatter_db, RADIOS.conditions.site_correlation, probability
        )
        margin = RegularGridInterpolator((DIFFERENCES_DB, EXCESSES_DB), table.ratios)
        return np.asarray(margin((min(lead, DIFFERENCES_DB[-1]), min(excess, EXCESSES_DB[-1]))))

    def uplink_db(self, place: int, row: int, where: str, probability: float) -> float:
        """By how much the base station hears the handset better than it must, path by path as the budget is told."""
        one, mhz = self.table.iloc[self.received.server[row, place]], float(self.carriers["frequency_mhz"].iloc[row])
        path_loss_db = one["eirp_dbm"] - 10 * np.log10(self.received.power_mw[row, place])
        lost_db = entry_db(mhz, where)[0] + 10 * np.log10(self.against(place, row, where, probability)[0])
        handset = {"2g": 33 if mhz < 1000 else 30, "3g": 24, "4g": 23, "5g": 23}[one["technology"]]
        gain, figure, rise, width, sinr = STATION[one["technology"]]
        arrives_dbm = handset - lost_db - path_loss_db + gain
        return float(arrives_dbm - (-174 + 10 * np.log10(width * 1e6) + figure + rise) - sinr)

    def sinr_db(self, place: int, row: int, where: str, probability: float, is_busy: bool) -> tuple[float, float]:
        sender, power = self.received.server[row, place], self.received.power_mw[row, place]
        median_db, _ = entry_db(float(self.carriers["frequency_mhz"].iloc[row]), where)
        against = self.against(place, row, where, probability)
        noise = 10 ** ((self.noise[sender] + median_db) / 10) * against[0]
        interference = self.received.busy_interference_mw if is_busy else self.received.edge_interference_mw
        others = interference[row, place] * against[1]

        def level_db(raised: float) -> float:
            both = 4 * against[2] * raised * noise * others / (raised * noise + others)
            return float(10 * np.log10(power / (raised * noise + others + both)))

        step = 10 ** (1e-4 / 10)
        return level_db(1.0), (level_db(1 / step) - level_db(step)) / 2e-4

    def excess_db(self, place: int, row: int, other: float) -> float:
        """How far all other cells, at full power, exceed the strongest of them."""
        budget = RADIOS.technologies[self.carriers["technology"].iloc[row]]
        sent = budget.co_channel_share * RADIOS.conditions.load
        if other <= 0 or sent == 0:
            return 0.0
        return max(10 * np.log10(self.received.edge_interference_mw[row, place] / sent / other), 0.0)

    def variances(self, place: int, row: int, part: float) -> dict[str, float]:
        sender, environment = self.received.server[row, place], self.environment(place)
        one = self.table.iloc[sender]
        metres = float(np.hypot(one["x_m"] - self.places.x_m[place], one["y_m"] - self.places.y_m[place]))
        at = self.variance_tables.of[sender], environment, node_at(metres**2)
        power = (one["eirp_dbm_high"] - one["eirp_dbm_low"]) / (2 * Z_LOW_HIGH)
        moved = self.variance_tables.slope_db[at] * np.log10(1 + one["position_sigma_m"] / max(metres, 1))
        return {
            "model": (part * RADIOS.conditions.median_sigma_db) ** 2,
            "power": power**2,
            "height": self.variance_tables.height_db[at] ** 2,
            "band": self.variance_tables.band_db[at] ** 2,
            "position": moved**2,
        }

    def needed(self, sender: int, speed: float, is_shared: bool) -> tuple[float, float, float]:
        one = self.table.iloc[sender]
        budget = RADIOS.budget(one["operator"], "", one["technology"])
        value, low, high = (float(one[f"bandwidth_mhz{bound}"]) for bound in ("", "_low", "_high"))
        left = [left_of(float(busy[sender])) if is_shared else 1.0 for busy in self.busy]
        usual, poor, good = (getattr(budget.shannon_alpha, name) for name in ("value", "low", "high"))
        layers, fewest, most = mimo.shipped_layers(one["technology"], float(one["frequency_mhz"]))
        needed, few, many = (takes_db(speed / share, budget, value, usual, layers) for share in left[:3])
        best = min(takes_db(speed / share, budget, high, good, most) for share in (left[1], left[4]))
        own, narrow, wide = speed / left[0], speed / left[3], speed / left[4]
        spans = (
            span_db(many, few),
            span_db(takes_db(narrow, budget, low, usual, layers), takes_db(wide, budget, high, usual, layers)),
            span_db(takes_db(own, budget, value, poor, layers), takes_db(own, budget, value, good, layers)),
            span_db(takes_db(own, budget, value, usual, fewest), takes_db(own, budget, value, usual, most)),
        )
        return needed, min(needed, 30.0) if np.isfinite(best) else np.inf, sum(span**2 for span in spans)

    def is_served_by_width(self, place: int) -> list[bool]:
        """Whether 10 Mbps are had where every unknown width is at its low, and at its high, with the loads of that."""
        return [
            float(self.fixed[place]) >= SPEEDS[0]
            or any(
                self.speed_of_width(place, row, bound, self.busy[load]) >= SPEEDS[0]
                for row in range(len(self.carriers))
                if self.received.server[row, place] != NO_SERVER
            )
            for bound, load in (("_low", 3), ("_high", 4))
        ]

    def speed_of_width(self, place: int, row: int, bound: str, busy: np.ndarray) -> float:
        """Busy-hour speed on a carrier of that width, Mbps; 0 where it does not cover the place."""
        sender, budget = self.received.server[row, place], self.budget(row)
        edge_db, _ = self.sinr_db(place, row, "outdoor", RADIOS.conditions.edge_probability, is_busy=False)
        busy_db, _ = self.sinr_db(place, row, "outdoor", 0.5, is_busy=True)
        heard_db = self.uplink_db(place, row, "outdoor", RADIOS.conditions.edge_probability)
        if min(edge_db, busy_db) < budget.min_sinr_db or heard_db < 0:
            return 0.0
        width = float(self.table[f"bandwidth_mhz{bound}"].to_numpy()[sender])
        return width * self.bits_per_hz(row, busy_db) * left_of(float(busy[sender]))

    def bits_per_hz(self, row: int, sinr_db: float) -> float:
        """Of the layers of the carrier's band."""
        budget, carrier = self.budget(row), self.carriers.iloc[row]
        layers, _, _ = mimo.shipped_layers(carrier["technology"], float(carrier["frequency_mhz"]))
        return mimo.efficiency(sinr_db, budget.shannon_alpha.value, budget.max_bits_per_s_per_hz, layers)

    def kept(self, margins_db: tuple[float, float], variance: dict[str, float]) -> dict[str, bool]:
        """By bound, of a margin (as it is, at best); shared components are those of model, band and users."""
        shared = Z_LOW_HIGH * np.sqrt(sum(variance[name] for name in ("model", "band", "users") if name in variance))
        whole = Z_LOW_HIGH * np.sqrt(sum(variance.values()))
        low, high = margins_db
        return {
            "": low >= 0,
            "_low": low >= shared,
            "_high": high >= -shared,
            "_lowest": low >= whole,
            "_highest": high >= -whole,
        }

    def budget(self, row: int) -> Technology:
        carrier = self.carriers.iloc[row]
        return RADIOS.budget(carrier["operator"], "", carrier["technology"])

    def environment(self, place: int) -> int:
        return int(np.searchsorted([100, 180], place, side="right"))

    def speed(self, row: int, sender: int, level: float) -> float:
        budget, width = self.budget(row), self.table["bandwidth_mhz"].to_numpy()[sender]
        mbps = width * self.bits_per_hz(row, level)
        return float(mbps) if level >= budget.min_sinr_db else 0.0

    def place(self, place: int) -> Row:
        """Everything of one place."""
        fixed = float(self.fixed[place])
        found: Row = {f"{name}{bound}": False for name in bit_names(2, SPEEDS) for bound in PLACE_BOUNDS}
        found |= {"edge_mbps": fixed, "busy_mbps": fixed, "closest": -np.inf, "stated": False}
        found |= {f"uncertainty_{name}": 0.0 for name in UNCERTAINTY_COMPONENTS}
        choice = {name: dict.fromkeys(PLACE_BOUNDS, False) for name in self.operators}
        for row in range(len(self.carriers)):
            if self.received.server[row, place] != NO_SERVER:
                covered = self.cover(found, place, row)
                self.serve(found, place, row, covered, choice[self.carriers["operator"].iloc[row]])
        for bound in PLACE_BOUNDS:
            for name, speed in itertools.product(SERVED, SPEEDS):
                found[f"{name}_{speed:g}{bound}"] |= fixed >= speed  # type: ignore[operator]
            for number in CHOICES:
                found[f"operators_{number}{bound}"] = sum(one[bound] for one in choice.values()) >= number
            mobile = [found[covered_column("outdoor", None, name, bound)] for name in TECHNOLOGIES]
            found[f"signal{bound}"] = fixed > 0 or any(mobile)
        found["is_stated"] = found["stated"] and found["signal"]
        whole = max(sum(float(found[f"uncertainty_{name}"]) for name in UNCERTAINTY_COMPONENTS), 1e-12)
        unsure = found["served_10_lowest"] != found["served_10_highest"]
        return found | {
            f"uncertainty_{n}": float(found[f"uncertainty_{n}"]) / whole if unsure else 0.0
            for n in UNCERTAINTY_COMPONENTS
        }

    def cover(self, found: Row, place: int, row: int) -> dict[str, dict[str, bool]]:
        one, covered = self.table.iloc[self.received.server[row, place]], {}
        for where in WHERE:
            level, part = self.sinr_db(place, row, where, RADIOS.conditions.edge_probability, is_busy=False)
            margin = level - self.budget(row).min_sinr_db
            hears = self.kept((margin, margin), self.variances(place, row, part))
            margin = self.uplink_db(place, row, where, RADIOS.conditions.edge_probability)
            variance = self.variances(place, row, 1.0) | {"power": UPLINK_DB2[one["technology"]]}
            is_heard = self.kept((margin, margin), variance)
            covered[where] = {bound: hears[bound] and is_heard[bound] for bound in PLACE_BOUNDS}
            for bound, operator in itertools.product(PLACE_BOUNDS, (self.operators.index(one["operator"]), None)):
                name = covered_column(where, operator, one["technology"], bound)
                found[name] |= covered[where][bound]  # type: ignore[operator]
        return covered

    def serve(self, found: Row, place: int, row: int, covered: dict[str, dict[str, bool]], choice: Bounded) -> None:
        for name, where, share, is_busy in FIGURES:
            level, part = self.sinr_db(place, row, where, share, is_busy)
            for speed in SPEEDS:
                value, upper, variance = self.needed(self.received.server[row, place], speed, is_busy)
                variance_tables = self.variances(place, row, part) | {"users": variance}
                has = self.kept((level - value, level - upper), variance_tables)
                for bound in PLACE_BOUNDS:
                    holds = has[bound] and covered[where][bound]
                    found[f"{name}_{speed:g}{bound}"] |= holds  # type: ignore[operator]
                    choice[bound] |= holds and (name, speed) == HEADLINE
                if (name, speed) == HEADLINE:
                    self.uncertainty_component(found, place, row, level - upper, variance_tables)
            self.best_speed(found, place, row, name, level, covered["outdoor"][""])

    def uncertainty_component(
        self, found: Row, place: int, row: int, margin: float, variance_tables: dict[str, float]
    ) -> None:
        """The components, and whether a register states it, are of the carrier that comes closest."""
        if margin > float(found["closest"]) or np.isneginf(found["closest"]):
            one = self.table.iloc[self.received.server[row, place]]
            names = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m")
            found |= {"closest": margin, "stated": all(one[f"{name}_stated"] for name in names)}
            found |= {f"uncertainty_{name}": value for name, value in variance_tables.items()}

    def best_speed(self, found: Row, place: int, row: int, name: str, level: float, is_covered: bool) -> None:
        sender = self.received.server[row, place]
        mbps = self.speed(row, sender, level)
        if name == "edge_served" and is_covered:
            found["edge_mbps"] = max(float(found["edge_mbps"]), mbps)
        if name == "served" and is_covered:
            left = left_of(float(self.busy[0][sender]))
            found["busy_mbps"] = max(float(found["busy_mbps"]), mbps * left)


EVERY_PLACE = np.arange(PLACES)


def test_some_places_get_what_they_get_among_all() -> None:
    case, some = Case(6), np.array([0, 3, 99, 100, 250])
    alone = place_figures(case.inputs(), case.fixed, some)
    among = place_figures(case.inputs(), case.fixed, EVERY_PLACE)
    for name, of_some, of_all in zip(Figures._fields, alone, among, strict=True):
        rows = (
            of_all[some]
            if name in ("flags", "edge_mbps", "busy_mbps", "by_width", "mobile_served")
            else of_all[:, some]
        )
        assert (of_some == rows).all(), name


@pytest.mark.parametrize("seed", [1, 2])
def test_places_get_what_the_formulas_say(seed: int) -> None:
    case = Case(seed)
    found = place_figures(case.inputs(), case.fixed, EVERY_PLACE)
    flags: dict[str, np.ndarray] = {}
    for row, name in enumerate(bit_names(2, SPEEDS)):
        flags |= flags_of(name, found.flags[:, row])
    for place in range(PLACES):
        wanted = case.place(place)
        for name in flags:
            assert flags[name][place] == wanted[name], (name, place)
        assert found.edge_mbps[place] == pytest.approx(wanted["edge_mbps"], rel=1e-5)
        assert found.busy_mbps[place] == pytest.approx(wanted["busy_mbps"], rel=1e-5)
        assert [bool(found.by_width[place] & bit) for bit in (1, 2)] == case.is_served_by_width(place)
        for row, name in enumerate(UNCERTAINTY_COMPONENTS):
            assert found.uncertainty_component[row, place] == pytest.approx(wanted[f"uncertainty_{name}"], abs=1e-6)
    assert 0.1 < flags["served_10"].mean() < 0.9
    assert (flags["served_10_lowest"] != flags["served_10_highest"]).any()
    assert {0, 2, 3} <= set(found.by_width)
    assert len(NAMES) == 3


def test_the_strongest_server_and_the_chance_of_coverage() -> None:
    case = Case(3)
    found = place_figures(case.inputs(), case.fixed, EVERY_PLACE)
    for row, technology in enumerate(TECHNOLOGIES):
        own = np.flatnonzero(case.carriers["technology"] == technology)
        power = np.where(case.received.server[own] != NO_SERVER, case.received.power_mw[own], 0.0)
        best = own[power.argmax(axis=0)]
        served = power.max(axis=0) > 0
        key = case.table["key"].to_numpy()[case.received.server[best, np.arange(PLACES)]]
        assert (found.server[row][served] == key[served]).all()
        assert found.received_dbm[row][served] == pytest.approx(10 * np.log10(power.max(axis=0)[served]), rel=1e-5)
        assert ((found.server[row] == NO_SERVER) == ~served).all()
        for place in np.flatnonzero(served)[:50]:
            chances = [
                _chance(case, int(place), int(number)) for number in own if case.received.server[number, place] >= 0
            ]
            assert found.coverage_probability[row, place] == pytest.approx(max(chances), abs=1e-6)


def _chance(case: Case, place: int, row: int) -> float:
    share = RADIOS.conditions.edge_probability
    edge, _ = case.sinr_db(place, row, "outdoor", share, is_busy=False)
    median, _ = case.sinr_db(place, row, "outdoor", 0.5, is_busy=False)
    least = case.budget(row).min_sinr_db
    uplink = [case.uplink_db(place, row, "outdoor", probability) for probability in (share, 0.5)]
    chances = []
    for low, high in ((edge - least, median - least), uplink):
        sigma = max((high - low) / norm.ppf(share), 0.1)
        chances.append(float(norm.cdf(low / sigma + norm.ppf(share))))
    return min(chances)


def test_people_are_shared_among_the_operators_that_they_hear_to_the_last() -> None:
    case = Case(4)
    market = np.array([0.25, 0.75])
    found = offered_traffic(case.inputs(), Population(case.people, market), np.ones(3, dtype=bool))
    users, traffic = (np.bincount(found.near, column, len(case.table)) for column in (found.people, found.traffic))
    wanted_users, wanted_work, heard = np.zeros(len(users)), np.zeros(len(users)), np.zeros(PLACES, dtype=bool)
    for place in range(PLACES):
        best: dict[str, tuple[float, int]] = {}
        for row in range(len(case.carriers)):
            sender = case.received.server[row, place]
            if sender == NO_SERVER:
                continue
            width, name = case.table["bandwidth_mhz"].to_numpy()[sender], case.carriers["operator"].iloc[row]
            if 10 * np.log10(case.received.power_mw[row, place]) < -174 + 10 * np.log10(width * 1e6) - 10:
                continue
            speed = _speed(case, place, row)
            if speed > best.get(name, (0.0, 0))[0]:
                best[name] = (speed, sender)
        whole = sum(market[case.operators.index(name)] for name in best)
        heard[place] = bool(best)
        for name, (typical, sender) in best.items():
            customers = case.people[place] * market[case.operators.index(name)] / whole
            wanted_users[sender] += customers
            wanted_work[sender] += customers / typical
    assert users == pytest.approx(wanted_users, abs=1e-3)
    assert traffic == pytest.approx(wanted_work, abs=1e-3)
    assert users.sum() == pytest.approx(case.people[heard].sum(), abs=PLACES / FIXED_POINT_SCALE)
    assert (users * FIXED_POINT_SCALE == np.rint(users * FIXED_POINT_SCALE)).all()


def _speed(case: Case, place: int, row: int) -> float:
    """Of the median at the stated load, at -10 dB at the least, whatever the technology needs."""
    level, _ = case.sinr_db(place, row, "outdoor", 0.5, is_busy=False)
    width = case.table["bandwidth_mhz"].to_numpy()[case.received.server[row, place]]
    return float(width * case.bits_per_hz(row, max(level, -10.0)))
