"""Cells of settlements against the labels of an image library, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from commune_coverage.population.settlement_sizes import settlement_cells


@pytest.mark.parametrize("share", [0.02, 0.2, 0.35, 0.9])
def test_sizes_are_those_of_labelled_groups(share: float) -> None:
    random = np.random.default_rng(3)
    for shape in ((1, 1), (1, 40), (37, 1), (60, 90)):
        settled = random.random(shape) < share
        labels, _ = ndimage.label(settled, structure=np.ones((3, 3)))
        row, column = np.nonzero(settled)
        order = random.permutation(len(row))
        found = settlement_cells(row[order] + 1_000_000, column[order] - 7)
        assert found.tolist() == np.bincount(labels.ravel())[labels[row, column]][order].tolist()


def test_cells_that_stand_there_twice_count_once_and_ends_of_rows_do_not_touch() -> None:
    row, column = np.array([0, 0, 0, 1, 5]), np.array([8, 9, 9, 0, 5])
    assert settlement_cells(row, column).tolist() == [2, 2, 2, 1, 1]
