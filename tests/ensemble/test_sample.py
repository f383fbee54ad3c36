"""Samples of places: communes keep their people, and shares of a sample are those of all places in the mean."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from commune_coverage.ensemble.sample import sample_places


def _places(seed: int, communes: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    count = 400
    people = np.where(rng.random(count) < 0.1, 0.0, rng.lognormal(3, 1.5, count))
    return pd.DataFrame(
        {"commune": rng.integers(0, communes, count), "people": people}
        | {"x_m": rng.uniform(0, 2e4, count), "y_m": rng.uniform(0, 2e4, count), "is_so": rng.random(count) < 0.4}
    )


@pytest.mark.parametrize("per_commune", [1, 3, 12, 1000])
def test_every_commune_keeps_its_people(per_commune: int) -> None:
    places = _places(1)
    sample = sample_places(places, per_commune, 4)
    whole = places.groupby("commune")["people"].sum()
    np.testing.assert_allclose(sample.groupby("commune")["people"].sum(), whole, rtol=1e-12)
    assert sample.groupby("commune").size().max() <= per_commune
    assert (sample["people"] > 0).all()
    if per_commune == 1000:
        assert len(sample) == (places["people"] > 0).sum()
        np.testing.assert_array_equal(sample["people"], sample["own_people"])


def test_the_mean_over_samples_is_the_share_of_all_places() -> None:
    """Sampling by size is free of bias (Madow 1949): over 400 samples the mean is within three of its errors."""
    places = _places(2, communes=1)
    truth = (places["people"] * places["is_so"]).sum() / places["people"].sum()
    shares = []
    for seed in range(400):
        sample = sample_places(places, 15, seed)
        shares.append((sample["people"] * sample["is_so"]).sum() / sample["people"].sum())
    assert abs(np.mean(shares) - truth) < 3 * np.std(shares) / np.sqrt(400)
    assert np.std(shares) > 0.02


def test_a_town_that_outweighs_its_part_is_certain_and_stands_for_itself() -> None:
    places = pd.DataFrame({"commune": 0, "people": [900.0, *[10.0] * 10], "x_m": np.arange(11) * 500.0, "y_m": 0.0})
    for seed in range(20):
        sample = sample_places(places, 4, seed)
        assert len(sample) == 4
        assert sample.loc[sample["own_people"] == 900, "people"].tolist() == [900.0]
        np.testing.assert_allclose(sample.loc[sample["own_people"] == 10, "people"], 100 / 3)


def test_the_order_of_the_rows_makes_no_difference() -> None:
    places = _places(3)
    mixed = places.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(sample_places(places, 6, 9), sample_places(mixed, 6, 9))
    assert not sample_places(places, 6, 9).equals(sample_places(places, 6, 10))
