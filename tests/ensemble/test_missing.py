"""How many stations are missing: against sums of all numbers, simulated sightings, and formulas by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from commune_coverage.ensemble.missing import (
    Complete,
    Listed,
    SampleCounts,
    Sightings,
    StatedMasts,
    UnknownShare,
    chao_missing,
    unseen_posterior,
)


def _listed(samples: np.ndarray) -> Listed:
    """Stations of GSM in one stratum of three, seen so often."""
    counts, nothing = np.array([len(samples), 0, 0]), np.zeros(len(samples))
    return Listed(counts, {"2g": counts}, {"2g": Sightings(samples, nothing, nothing.astype(np.int64))})


def test_chao_by_hand() -> None:
    """Of 10 stations four were seen once and two twice: 4^2 / (2 * 2) more at least; none twice: 4 * 3 / 2."""
    assert chao_missing(np.array([1, 1, 1, 1, 2, 2, 5, 6, 9, 30.0])) == 4.0
    assert chao_missing(np.array([1, 1, 1, 1, 5.0])) == 6.0
    assert chao_missing(np.array([7.0, 8.0])) == 0.0


def test_the_posterior_is_that_of_scipys_laws() -> None:
    """The laws in order: gamma rates, then log-normal ones; by spread, share at the median of the people, and power."""
    samples, people = np.array([1.0, 1, 2, 4, 9, 30]), np.log([50.0, 200, 200, 900, 2000, 9000])
    found = unseen_posterior(Sightings(samples, people, np.zeros(6, dtype=np.int64)))
    shares, powers = [1e-4, 1e-3, 3e-3, *np.arange(0.01, 0.9, 0.03)], [0, 0.25, 0.5, 0.75, 1]
    spreads = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
    laws = list(itertools.product(("gamma", "log-normal"), spreads, shares, powers))
    assert len(laws) == len(found.probability)
    within = [row for row, (_, _, share, _) in enumerate(laws) if share >= 0.01]
    chosen, log_p = np.random.default_rng(1).choice(within, 8, replace=False), []
    for law in chosen:
        kind, spread, share, power = laws[law]
        zero, log_each = _law_by_scipy(kind, spread, share, power, samples, people - np.median(people))
        np.testing.assert_allclose(found.unseen[law], zero, rtol=0.02, atol=1e-5)
        log_p.append((log_each - np.log(1 - zero)).sum())
    ours = np.log(found.probability[chosen])
    np.testing.assert_allclose(ours - ours.max(), np.array(log_p) - max(log_p), rtol=0.02, atol=0.15)
    assert found.probability.sum() == pytest.approx(1)


def _law_by_scipy(
    kind: str, spread: float, share: float, power: float, samples: np.ndarray, people: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of no sighting and logarithm of that of so many, by adaptive quadrature over the rates."""
    rates = stats.gamma(a := 1 / np.expm1(spread**2), scale=1 / a)
    if kind == "log-normal":
        rates = stats.lognorm(spread, scale=np.exp(-(spread**2) / 2))

    def mixed(mean: float, count: float) -> float:
        low, high = rates.ppf([1e-9, 1 - 1e-9])
        points = rates.ppf([0.01, 0.2, 0.5, 0.8, 0.99])
        law = integrate.quad(
            lambda rate: stats.poisson.pmf(count, mean * rate) * rates.pdf(rate), low, high, points=points, limit=200
        )
        return float(law[0])

    at_median = optimize.brentq(lambda log: mixed(np.exp(log), 0) - share, -10, 20)
    means = np.exp(at_median + power * people)
    return (
        np.array([mixed(mean, 0) for mean in means]),
        np.log([mixed(mean, count) for mean, count in zip(means, samples, strict=True)]),
    )


@pytest.mark.parametrize("mean", [1.5, 6.0])
def test_intervals_of_the_number_hold_where_sightings_are_gamma_poisson(mean: float) -> None:
    """80 stations a truth, shape 1.2, 40 truths: 90 % intervals hold 90 % less three binomial errors, or more."""
    rng, inside, widths = np.random.default_rng(4), 0, []
    for _ in range(40):
        seen = rng.poisson(rng.gamma(1.2, mean / 1.2, 80)).astype(float)
        listed = _listed(seen[seen > 0])
        drawn = [SampleCounts().draw(listed, rng).stations["2g"][0] for _ in range(80)]
        low, high = np.quantile(drawn, [0.05, 0.95], method="inverted_cdf")
        inside += low <= (seen == 0).sum() <= high
        widths.append(high - low)
    assert inside / 40 >= 0.76
    assert np.median(widths) < 120


def test_chao_is_below_the_posterior_mean_where_stations_differ() -> None:
    rng = np.random.default_rng(5)
    seen = rng.poisson(rng.gamma(0.5, 4.0, 300)).astype(float)
    posterior = unseen_posterior(_listed(seen[seen > 0]).seen["2g"])
    unseen = posterior.probability @ (posterior.unseen / (1 - posterior.unseen)).sum(axis=1)
    assert chao_missing(seen[seen > 0]) < unseen


def test_a_stated_number_is_met_and_most_frequent_technology_is_at_every_missing_site() -> None:
    listed = Listed(np.array([10, 5, 5]), {"2g": np.array([10, 5, 5]), "4g": np.array([2, 3, 5])}, {})
    rng = np.random.default_rng(1)
    drawn = [StatedMasts(33).draw(listed, rng).stations for _ in range(400)]
    assert {one["2g"].item() for one in drawn} == {13}
    # Half of the listed sites have LTE: half of the missing in the mean.
    assert np.mean([one["4g"].item() for one in drawn]) == pytest.approx(6.5, abs=0.5)
    assert StatedMasts(15).draw(listed, rng).stations["2g"].item() == 0
    uncertain = [StatedMasts(33, 3.0).draw(listed, rng).stations["2g"].item() for _ in range(400)]
    assert np.std(uncertain) == pytest.approx(3.0, abs=0.4)
    assert Complete().draw(listed, rng).stations["2g"].item() == 0


def test_an_unknown_share_is_none_with_its_probability_and_else_even() -> None:
    listed = Listed(np.array([300, 300, 400]), {"2g": np.array([300, 300, 400])}, {})
    rng = np.random.default_rng(2)
    drawn = np.array([UnknownShare(0.25, 0.6).draw(listed, rng).stations["2g"].item() for _ in range(2000)])
    assert (drawn == 0).mean() == pytest.approx(0.25, abs=0.04)
    share = drawn[drawn > 0] / (1000 + drawn[drawn > 0])
    assert stats.kstest(share, stats.uniform(0, 0.6).cdf).pvalue > 0.001


def test_sites_known_by_another_technology_bound_the_share_that_is_never_seen() -> None:
    """Of 40 sites known by LTE 36 are known by GSM too: at most a tenth, and chance, are not seen; by brute force."""
    samples, nothing = np.array([1.0, 1, 2, 4, 9, 30]), np.zeros(6)
    alone = unseen_posterior(Sightings(samples, nothing, nothing.astype(np.int64)))
    with_lte = unseen_posterior(Sightings(samples, nothing, nothing.astype(np.int64), 40, 36))
    unseen, has = alone.unseen.mean(axis=1), (np.arange(2000) + 0.5) / 2000
    likelihood = np.array([stats.binom.pmf(36, 40, (1 - one) * has).mean() for one in unseen])
    expected = alone.probability * likelihood
    np.testing.assert_allclose(with_lte.probability, expected / expected.sum(), rtol=0.01, atol=1e-9)
    assert with_lte.probability @ unseen < 0.2 < alone.probability @ unseen
