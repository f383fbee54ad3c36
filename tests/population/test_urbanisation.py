"""Degree of urbanisation against a dense grid labelled by scipy.ndimage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from commune_coverage.config.thresholds import Urbanisation
from commune_coverage.population.urbanisation import (
    RURAL,
    SUBURBAN,
    URBAN,
    UrbanisationGrid,
    cell_keys,
    degree_of_urbanisation,
)

LIMITS = Urbanisation(centre_people_per_km2=150, centre_people=900, cluster_people_per_km2=30, cluster_people=200)


def _classes(x_m: np.ndarray, y_m: np.ndarray, people: np.ndarray) -> UrbanisationGrid:
    keys, number = np.unique(cell_keys(x_m, y_m), return_inverse=True)
    return degree_of_urbanisation(keys, np.bincount(number, people), LIMITS)


@pytest.mark.parametrize("seed", range(10))
def test_classes_equal_a_dense_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x_m, y_m = rng.uniform(-12_000, 12_000, (2, 600))
    people = rng.gamma(0.4, 60, 600)
    row, column = (np.floor(axis / 1000).astype(int) + 12 for axis in (y_m, x_m))
    held = np.zeros((24, 24))
    np.add.at(held, (row, column), people)
    expected = np.full(held.shape, RURAL)
    for least, together, touch, name in ((30, 200, np.ones((3, 3)), SUBURBAN), (150, 900, None, URBAN)):
        group, groups = ndimage.label(held >= least, structure=touch)
        for number in range(1, groups + 1):
            if held[group == number].sum() >= together:
                expected[group == number] = name
    found = _classes(x_m, y_m, people).at(x_m, y_m)
    assert found.tolist() == expected[row, column].tolist()


def test_all_three_classes_occur_and_empty_ground_is_rural() -> None:
    x_m = np.array([500.0, 1500, 5500, 9500])
    urbanisation_grid = _classes(x_m, np.zeros(4), np.array([800.0, 700, 250, 5]))
    assert urbanisation_grid.at(np.array([500.0, 1500, 5500, 9500, 77_000]), np.zeros(5)).tolist() == [2, 2, 1, 0, 0]


def test_nobody_and_far_apart_places_cost_nothing() -> None:
    nobody = np.array([])
    assert _classes(nobody, nobody, nobody).at(np.array([1.0]), np.array([1.0])).tolist() == [0]
    far = np.array([-9e6, 9e6])
    assert _classes(far, far, np.array([1e4, 1.0])).at(far, far).tolist() == [2, 0]


def test_corners_join_a_cluster_but_not_a_centre() -> None:
    diagonal = np.array([500.0, 1500.0])
    people = np.array([500.0, 500.0])
    assert _classes(diagonal, diagonal, people).at(diagonal, diagonal).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("people", "classes"),
    [
        ([150.0, 750.0], [URBAN, URBAN]),
        ([149.0, 751.0], [SUBURBAN, SUBURBAN]),
        ([150.0, 749.0], [SUBURBAN, SUBURBAN]),
        ([30.0, 170.0], [SUBURBAN, SUBURBAN]),
        ([29.0, 171.0], [RURAL, RURAL]),
        ([30.0, 169.0], [RURAL, RURAL]),
    ],
)
def test_at_the_limits_a_cell_is_dense_and_a_group_large_enough(people: list[float], classes: list[int]) -> None:
    x_m = np.array([500.0, 1500.0])
    assert _classes(x_m, np.zeros(2), np.array(people)).at(x_m, np.zeros(2)).tolist() == classes
