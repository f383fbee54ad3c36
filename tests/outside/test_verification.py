"""Verification of declared coverage: against the FCC's table, exact sums, scipy's own tests, and a planted country."""

from __future__ import annotations

import math

import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import stats

from commune_coverage.config.verification import Verification
from commune_coverage.indicators.verification.areas import judge_areas
from commune_coverage.indicators.verification.cells import judge_cells
from commune_coverage.indicators.verification.sampling import (
    clustered,
    holm,
    power_of,
    rejected_from,
    sampling_plan,
    weighted,
)

# 47 CFR 1.7006(e): of so many tests of a mobile challenge so large a part has to fail.
FCC = {20: 5 / 20, 21: 0.24, 30: 0.22, 45: 0.20, 61: 0.18, 100: 0.16}
SETTINGS = Verification(min_failing_tests=1, min_hours_apart=0)


def test_failing_tests_that_reject_are_those_of_the_fcc() -> None:
    ours = rejected_from(list(FCC), 0.10, 0.05)
    assert ours.tolist() == [math.ceil(round(tests * share, 9)) for tests, share in FCC.items()]


@pytest.mark.parametrize(
    ("tests", "share", "alpha"), [(1, 0.1, 0.05), (7, 0.1, 0.05), (40, 0.02, 0.01), (13, 0.5, 0.2)]
)
def test_power_and_limit_equal_sums_over_all_outcomes(tests: int, share: float, alpha: float) -> None:
    def at_most(failing: int, part: float) -> float:
        return sum(math.comb(tests, k) * part**k * (1 - part) ** (tests - k) for k in range(failing + 1))

    by_hand = next(c for c in range(tests + 2) if 1 - at_most(c - 1, share) <= alpha + 1e-12)
    assert rejected_from(tests, share, alpha) == by_hand
    assert power_of(tests, by_hand, 0.3) == pytest.approx(1 - at_most(by_hand - 1, 0.3))


def test_a_sampling_plan_has_the_fewest_tests() -> None:
    plan = sampling_plan(0.1, 0.3, 0.05, 0.9)
    assert plan is not None
    for tests in range(1, plan.tests + 1):
        limit = next(c for c in range(tests + 2) if stats.binom.sf(c - 1, tests, 0.1) <= 0.05)
        assert (stats.binom.sf(limit - 1, tests, 0.3) >= 0.9) == (tests == plan.tests)
    assert sampling_plan(0.1, 0.1, 0.05, 0.9) is None


def test_independent_tests_are_worth_themselves_and_equal_the_exact_test() -> None:
    failing = np.repeat([1.0, 0.0], [9, 41])
    sample = clustered(np.ones(50), failing)
    assert sample.effective == pytest.approx(50, rel=0.03)
    exact = stats.binomtest(9, 50, 0.1, "greater")
    assert sample.p_value(0.1) == pytest.approx(exact.pvalue, rel=0.05)
    bounds = stats.binomtest(9, 50).proportion_ci(0.9, "exact")
    assert sample.interval(0.9) == pytest.approx((bounds.low, bounds.high), abs=2e-3)


def test_tests_that_all_say_the_same_in_a_cell_are_worth_one() -> None:
    once, often = clustered(np.ones(40), np.repeat([1.0, 0.0], 20)), clustered(np.full(40, 25), np.repeat([25, 0], 20))
    assert often.tests == 25 * once.tests
    assert often.effective == pytest.approx(once.effective, rel=0.1)


def test_weights_count_in_shares_and_not_as_observations() -> None:
    sample = weighted([1e6, 1e6, 2e6, 0], [True, False, False, True])
    assert sample.failing_share == 0.25
    assert sample.tests == 3
    assert sample.effective <= 3


def test_holm_by_hand() -> None:
    adjusted = holm([0.01, np.nan, 0.04, 0.03, 0.005])
    assert adjusted == pytest.approx([0.03, np.nan, 0.06, 0.06, 0.02], nan_ok=True)


@pytest.mark.parametrize(
    ("declared", "tests", "failing", "verdict"),
    [
        (True, 5, 0, "agrees"),  # 0.5 ** 5 = 3 % of the times
        (True, 5, 5, "overstated"),
        (True, 20, 4, "agrees"),
        (True, 20, 5, "overstated"),
        (True, 5, 2, "not decidable"),
        (True, 4, 4, "not decidable"),
        (False, 5, 0, "understated"),
        (False, 5, 5, "agrees"),
        (False, 20, 8, "agrees"),
        (False, 0, 0, "not decidable"),
    ],
)
def test_verdict_of_a_cell(declared: bool, tests: int, failing: int, verdict: str) -> None:
    side = {"declared": declared, "tests": tests, "failing": failing}
    beside = {"places": tests, "devices": 1, "days": 1, "hours_apart": 5.0}
    assert judge_cells(pd.DataFrame([side | beside]), Verification()).tolist() == [verdict]


@pytest.mark.parametrize("lacking", ["places", "devices", "days", "hours_apart"])
def test_too_few_of_anything_is_not_decidable(lacking: str) -> None:
    side = {"declared": True, "tests": 20, "failing": 20, "places": 4, "devices": 2, "days": 2, "hours_apart": 4.0}
    settings = Verification(min_devices=2, min_days=2)
    assert judge_cells(pd.DataFrame([side]), settings).tolist() == ["overstated"]
    assert judge_cells(pd.DataFrame([side | {lacking: side[lacking] - 1}]), settings).tolist() == ["not decidable"]


@pytest.mark.parametrize(
    "wrong", [{"first_hour": 22, "last_hour": 6}, {"accepted_failing_share": 0.6}, {"alpha": 0}, {"resolution": 16}]
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Verification(**wrong)


# A country of 1.2 by 1.2 degrees at the equator. Positions are in km.
SIDE_KM, KM_PER_DEGREE = 130.0, 111.2
OPERATORS, OVERSTATING, TESTS, PLACES_A_CELL = 4, 0, 1_500, 3


def declared_of(truth: shapely.Geometry, larger_by: float) -> shapely.Geometry:
    """The same shapes with an area that is larger by a share."""
    low, high = 0.0, 10.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if truth.buffer(middle).area < (1 + larger_by) * truth.area else (low, middle)
    return truth.buffer(high)


def cells_of(at: np.ndarray) -> np.ndarray:
    return np.array([h3.str_to_int(h3.latlng_to_cell(y / KM_PER_DEGREE, x / KM_PER_DEGREE, 8)) for x, y in at])


class Planted:
    """One operator's truth and declaration, and what each cell's parts hold of a grid of points 200 m apart."""

    def __init__(self, seed: int, larger_by: float, at: np.ndarray, cells: np.ndarray) -> None:
        random = np.random.default_rng(seed)
        sites = [shapely.Point(*random.uniform(8, SIDE_KM - 8, 2)).buffer(random.uniform(3, 9)) for _ in range(45)]
        self.truth = shapely.union_all(sites)
        self.declared = declared_of(self.truth, larger_by) if larger_by else self.truth
        inside = shapely.contains_xy(self.declared, *at.T)
        land = pd.DataFrame({"cell": cells, "declared": inside}).groupby(["cell", "declared"]).size()
        self.parts = land.rename("land_km2").mul(0.04).reset_index()
        self.parts["is_edge"] = self.parts.groupby("cell")["cell"].transform("size") > 1
        shapely.prepare(self.truth), shapely.prepare(self.declared)

    def sides(self, random: np.random.Generator, failing_share: float, tests: int = TESTS) -> pd.DataFrame:
        """Tests at places in cells drawn at random, answered by the truth."""
        middles = random.uniform(1, SIDE_KM - 1, (tests // PLACES_A_CELL, 2))
        at = (middles[:, None] + random.uniform(-0.4, 0.4, (len(middles), PLACES_A_CELL, 2))).reshape(-1, 2)
        served = shapely.contains_xy(self.truth, *at.T) & (random.random(len(at)) >= failing_share)
        made = pd.DataFrame({"cell": cells_of(at), "declared": shapely.contains_xy(self.declared, *at.T)})
        sums = made.assign(tests=1, failing=~served).groupby(["cell", "declared"]).sum().reset_index()
        table = self.parts.merge(sums, how="left", on=["cell", "declared"]).fillna({"tests": 0, "failing": 0})
        beside = {"places": table["tests"], "devices": 2, "days": 2, "hours_apart": 6.0}
        return table.astype({"tests": int, "failing": int}).assign(people=table["land_km2"], **beside)


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    along = np.arange(0.1, SIDE_KM, 0.2)
    at = np.array(np.meshgrid(along, along)).reshape(2, -1).T
    cells = cells_of(at)
    return [Planted(seed, 0.1 * (seed == OVERSTATING), at, cells) for seed in range(OPERATORS)]


@pytest.mark.parametrize(
    "failing_share", [pytest.param(0.0, marks=pytest.mark.long), 0.05, pytest.param(0.1, marks=pytest.mark.long)]
)
def test_who_declares_ten_percent_too_much_is_found_and_nobody_else(planted: list[Planted], failing_share) -> None:
    draws, found, wrong, powers = 200, 0, 0, []
    for draw in range(draws):
        random = np.random.default_rng(1_000 + draw)
        sides = [one.sides(random, failing_share).assign(operator=row) for row, one in enumerate(planted)]
        table = judge_areas(pd.concat(sides), ["operator"], SETTINGS).set_index("operator")
        is_accused = table["verdict"].str.contains("stated")
        found += bool(is_accused[OVERSTATING])
        wrong += bool(is_accused.drop(OVERSTATING).any())
        powers.append(table["power"][OVERSTATING])
    assert found >= 0.9 * draws
    assert wrong <= 0.05 * draws
    assert np.mean(powers) > 0.9


@pytest.mark.parametrize("tests", [90, 180, 300])
def test_no_more_power_is_stated_than_there_is(planted: list[Planted], tests: int) -> None:
    found, stated = 0, []
    for draw in range(200):
        sides = planted[OVERSTATING].sides(np.random.default_rng(draw), 0.05, tests)
        row = judge_areas(sides.assign(operator=0), ["operator"], SETTINGS).iloc[0]
        found += row["p_overstated"] <= SETTINGS.alpha
        stated.append(row["power"])
    assert np.mean(stated) <= found / 200 + 2 * math.sqrt(0.25 / 200)


def test_nobody_is_judged_by_a_handful_of_tests(planted: list[Planted]) -> None:
    honest = planted[1].sides(np.random.default_rng(5), 0.05, 30).assign(operator=1)
    row = judge_areas(honest, ["operator"], SETTINGS).iloc[0]
    assert (row["verdict"], row["power"] < 0.9) == ("not decidable", True)
    assert row["needed_tests"] > 0
