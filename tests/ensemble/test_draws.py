"""Draws: the same bytes for the same seed, the law of their ranges, and stations where they may stand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from commune_coverage.ensemble.compact import serve
from commune_coverage.ensemble.draws import Sampler, assemble, draw_common, draw_operator, gains_by_kind, make_sampler
from commune_coverage.ensemble.missing import Complete, Missing, StatedMasts
from commune_coverage.ensemble.priors import ALTERNATIVES, Priors, shadowing_grids, split_normal
from commune_coverage.radio.link_budget_config import UncertainValue
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db
from commune_coverage.radio.uncertainty import NODES_M
from tests.ensemble import small


def _sampler(priors: Priors | None = None, age_years: float = 0.0) -> Sampler:
    network, model, positions = small.sampled()
    missing = {name: StatedMasts(40) for name in network.network.operators}
    age = np.full(len(network.position), age_years)
    return make_sampler(model, network, positions, missing, priors or Priors(), age)


def _bytes(sampler: Sampler, seed: int, number: int) -> bytes:
    operators = [draw_operator(sampler, name, seed, number) for name in sampler.model.network.operators]
    served = serve(sampler.model, assemble(sampler, draw_common(sampler, seed, number), operators))
    return served.figures.flags.tobytes() + served.figures.busy_mbps.tobytes() + served.people.tobytes()


def test_a_draw_is_the_same_whoever_makes_it_and_in_whichever_order() -> None:
    first = {number: _bytes(_sampler(), 5, number) for number in (0, 1, 2)}
    again = {number: _bytes(_sampler(), 5, number) for number in (2, 0, 1)}
    assert first == again
    assert len(set(first.values())) == 3
    assert _bytes(_sampler(), 6, 0) != first[0]


def test_a_range_has_its_ends_at_a_tenth_and_nine_tenths() -> None:
    spread = UncertainValue(value=61, low=57, high=64)
    drawn = [split_normal(spread, z) for z in np.random.default_rng(1).standard_normal(40_000)]
    np.testing.assert_allclose(np.quantile(drawn, [0.1, 0.5, 0.9]), [57, 61, 64], atol=0.08)


def test_networks_have_the_number_of_sites_that_is_stated_and_no_station_twice() -> None:
    sampler = _sampler()
    for number in range(8):
        for name in sampler.model.network.operators:
            draw = draw_operator(sampler, name, 1, number)
            row = draw.active.row
            listed = int(sampler.placement[name].listed.sites.sum())
            assert draw.missing == max(40 - listed, 0)
            assert len(np.unique(sampler.possible.site[row])) == max(listed, 40)
            assert (np.diff(row) > 0).all()
            assert set(sampler.model.network.transmitters["operator"].iloc[row]) == {name}


def test_stations_stop_by_their_age() -> None:
    """Four of 100 a year, ten years: 0.96^10 of them are left at the middle of what is assumed."""
    sampler, left = _sampler(age_years=10.0), []
    for number in range(60):
        for name in sampler.model.network.operators:
            row = draw_operator(sampler, name, 2, number).active.row
            listed = (sampler.possible.is_listed & (sampler.model.network.transmitters["operator"] == name)).sum()
            left.append(sampler.possible.is_listed[row].sum() / listed)
    assert np.median(left) == pytest.approx(0.96**10, abs=0.06)
    assert np.quantile(left, 0.9) > 0.8
    assert np.quantile(left, 0.1) < 0.5


def test_ends_of_heights_and_bands_and_families_are_what_the_chains_say() -> None:
    network = small.sampled()[0].network
    kind, ends, families = gains_by_kind(network.transmitters, small.RADIOS)
    rows = network.transmitters.reset_index(drop=True)
    one = rows.index[rows["technology"] == "4g"][0]
    node = int(np.abs(NODES_M - 5_000).argmin())
    km = NODES_M[node]

    def loss_db(chain: list[str] | tuple[str, ...], mhz: float, height_m: float) -> float:
        return float(chain_loss_db(list(chain), np.array([km]), Link(mhz, height_m, 1.5, 15.0))[0])

    usual = loss_db(["extended_hata_open"], 1800, 30)
    expected = [usual - loss_db(["extended_hata_open"], *of) for of in ((1800, 20), (1800, 45), (800, 30), (2100, 30))]
    np.testing.assert_allclose(ends[kind[one], :, 0, node], expected, atol=1e-3)
    other = [0.0, *(usual - loss_db(family["rural"], 1800, 30) for family in ALTERNATIVES)]
    np.testing.assert_allclose(families[kind[one], :, 0, node], other, atol=1e-3)


def test_shadowing_has_its_spread_and_its_distance() -> None:
    grids = shadowing_grids(Priors(local_sigma_db=5.0, local_correlation_m=2_000.0), 0.5)
    common, own = (10 * np.log10(one) for one in grids)
    assert np.hypot(common.std(), own.std()) == pytest.approx(5.0, rel=1e-3)
    assert common.std() == pytest.approx(own.std(), rel=1e-3)
    # Cells of 500 m: after four of them the correlation is exp(-1).
    assert np.mean(own * np.roll(own, 4, axis=0)) / own.var() == pytest.approx(np.exp(-1), abs=0.06)


def test_people_of_a_place_vary_and_communes_keep_theirs() -> None:
    sampler = _sampler(Priors(people_cv=0.5))
    model = sampler.model
    then = np.bincount(model.commune, model.people)
    for number in range(4):
        ratio = draw_common(sampler, 3, number).people_ratio
        np.testing.assert_allclose(np.bincount(model.commune, model.people * ratio), then, rtol=1e-9)
        assert 0.2 < ratio.std() < 0.8
    assert (draw_common(_sampler(), 3, 0).people_ratio == 1).all()


def test_families_come_as_often_as_they_are_likely() -> None:
    sampler = _sampler(Priors(alternative_probability=0.2))
    family = [draw_common(sampler, 4, number).family for number in range(400)]
    assert stats.chisquare(np.bincount(family, minlength=3), [240, 80, 80]).pvalue > 0.001


def test_a_listed_site_has_what_it_lacks_as_often_as_bayes_says() -> None:
    """Simulated: sites have LTE with probability f, of which p are not in the file; of those without it in the file."""
    sampler = _sampler()
    placement = sampler.placement["Northern"]
    strata = np.arange(3)
    seen = placement.listed.stations["4g"] / placement.listed.sites
    unseen, rng = np.array([0.2, 0.3, 0.4]), np.random.default_rng(5)
    many = {name: np.full(3, 10_000) for name in placement.listed.stations}
    found = np.zeros(3)
    for _ in range(300):
        rows, _ = placement.draw(Missing({"4g": many["4g"] * 0}, {"4g": unseen}), Priors(), rng)
        at = np.isin(placement.lacking["4g"].row, rows)
        found += np.bincount(placement.lacking["4g"].stratum[at], minlength=3)
    lacking = np.bincount(placement.lacking["4g"].stratum, minlength=3)
    for one in strata[lacking > 0]:
        has = rng.random(200_000) < min(seen[one] / (1 - unseen[one]), 1)
        is_seen = has & (rng.random(200_000) >= unseen[one])
        assert found[one] / 300 / lacking[one] == pytest.approx(has[~is_seen].mean(), abs=0.08)


def test_nothing_is_added_where_nothing_is_missing() -> None:
    network, model, positions = small.sampled()
    missing = dict.fromkeys(network.network.operators, Complete())
    sampler = make_sampler(model, network, positions, missing, Priors())
    for name in network.network.operators:
        row = draw_operator(sampler, name, 1, 0).active.row
        assert network.is_listed[row].all()
