"""Squares with tests, by hand: what passed beside what is declared and what the model says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from commune_coverage.indicators.verification.places import summarise_places

# Four tests in one square, three of them where it is declared; one in a square where nobody lives.
TESTS = pd.DataFrame(
    {
        "place_x": [4, 4, 4, 4, -1],
        "place_y": [7, 7, 7, 7, 0],
        "declared": [True, True, True, False, False],
        "failed": [False, True, False, True, False],
        "device": ["a", "b", "a", "a", ""],
    }
)
LIVING = pd.DataFrame({"place_x": [4, 9], "place_y": [7, 9], "people": [40.0, 5.0], "modelled_people": [10.0, 5.0]})


def test_each_part_of_a_square_is_a_row() -> None:
    table = summarise_places(TESTS, LIVING, is_modelled=True)
    assert table[["place_x", "place_y", "declared"]].to_numpy().tolist() == [
        [-1, 0, False],
        [4, 7, False],
        [4, 7, True],
    ]
    assert table["tests"].tolist() == [1, 1, 3]
    assert table["devices"].tolist() == [1, 1, 2]
    assert table["people"].tolist() == [0, 40, 40]
    assert table["passed_share"].tolist() == pytest.approx([1, 0, 2 / 3])
    assert table["declared_agreement_share"].tolist() == pytest.approx([0, 1, 2 / 3])


def test_the_model_is_asked_where_people_live() -> None:
    table = summarise_places(TESTS, LIVING, is_modelled=True)
    assert table["modelled_share"].tolist() == pytest.approx([np.nan, 0.25, 0.25], nan_ok=True)
    assert table["modelled_agreement_share"].tolist() == pytest.approx([np.nan, 0.75, 1 - (2 / 3 - 0.25)], nan_ok=True)


def test_without_a_model_it_is_not_known() -> None:
    table = summarise_places(TESTS, LIVING, is_modelled=False)
    assert table[["modelled_share", "modelled_agreement_share"]].isna().all(axis=None)
    assert table["people"].tolist() == [0, 40, 40]
