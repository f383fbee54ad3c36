"""What accepted challenges set, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.indicators.overrides import override

PEOPLE = np.array([100.0, 50.0])
FIGURES = {
    "internet_gap_share": np.array([0.2, 0.4]),
    "internet_gap_share_low": np.array([0.1, 0.3]),
    "internet_gap_people": np.array([20.0, 20.0]),
    "internet_note": np.array(["", "few samples"], dtype=object),
}


def _accepted(*rows: int) -> pd.DataFrame:
    table = pd.DataFrame({"row": list(rows), "claimed_share": [0.5] * len(rows), "decided_by": ["x"] * len(rows)})
    return table.astype({"row": int})


def test_the_claim_stands_in_place_of_the_share_its_bounds_and_the_people() -> None:
    columns = override(FIGURES, PEOPLE, "internet", _accepted(1))
    assert columns["internet_gap_share"].tolist() == [0.2, 0.5]
    assert columns["internet_gap_share_low"].tolist() == [0.1, 0.5]
    assert columns["internet_gap_people"].tolist() == [20.0, 25.0]
    assert np.isnan(columns["internet_gap_modelled_share"][0])
    assert columns["internet_gap_modelled_share"][1] == 0.4
    assert FIGURES["internet_gap_share"].tolist() == [0.2, 0.4]


def test_without_a_claim_or_without_the_figure_nothing_is_set() -> None:
    assert override(FIGURES, PEOPLE, "internet", _accepted()) == {}
    assert override(FIGURES, PEOPLE, "delivery", _accepted(1)) == {}
