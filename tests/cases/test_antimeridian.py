"""Countries on both sides of 180 degrees: distances as on the ellipsoid, and the gaps that follow from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline

CASE = "01-fiji-antimeridian"
GEODESIC_M = {"b": 5_298, "c": 1_069, "d": 3_206}


@pytest.fixture
def fiji(case_folder: Callable[[str], Path]) -> Path:
    folder = case_folder(CASE)
    run_pipeline(folder / "country.toml", folder / "d", folder / "m", date(2026, 11, 29), "serial", lambda *_: None)
    return folder


def test_fiji_has_its_delivery_gap_and_its_distances(fiji: Path) -> None:
    table = pd.read_csv(fiji / "d/latest/commune_gaps.csv", dtype={"commune_code": str}).set_index("commune_code")
    assert table["delivery_gap_people"].sum() / table["people"].sum() == pytest.approx(1 / 3, abs=1e-6)
    assert table["delivery_gap_share"].tolist() == pytest.approx([0.0, 0.5, 0.5])
    # The median of two places is that of the one nearer to the hub.
    for code, place in (("02", "c"), ("03", "d")):
        assert _straight_m(table.loc[code, "minutes_to_hub_median"]) == pytest.approx(GEODESIC_M[place], rel=1e-3)


def test_a_place_alone_in_its_commune_has_its_distance_to_the_hub(fiji: Path) -> None:
    places = pd.read_csv(fiji / "villages.csv")
    places[places["place_code"] != "a"].to_csv(fiji / "villages.csv", index=False)
    run_pipeline(fiji / "country.toml", fiji / "db", fiji / "mb", date(2026, 11, 29), "serial", lambda *_: None)
    table = pd.read_csv(fiji / "db/latest/commune_gaps.csv", dtype={"commune_code": str}).set_index("commune_code")
    assert _straight_m(table.loc["01", "minutes_to_hub_median"]) == pytest.approx(GEODESIC_M["b"], rel=1e-3)


def _straight_m(minutes: float) -> float:
    """Straight distance of so many minutes: at 20 km/h over 1.4 times of it."""
    return minutes / 60 * 20_000 / 1.4


def test_the_system_fits_without_being_named_and_rows_balance(fiji: Path) -> None:
    report = json.loads((fiji / "d/latest/report.json").read_text())
    (note,) = [text for text in report["layers"]["communes"]["notes"] if "distances are taken in" in text]
    assert "worked out from the boundaries" in note
    for layer in report["layers"].values():
        rows = layer["rows"]
        assert rows["read"] == rows["kept"] + rows["quarantined"] + rows["out_of_area"] + rows["neighbours"]


def test_a_named_system_gives_the_same_figures(fiji: Path) -> None:
    run_pipeline(fiji / "country_control.toml", fiji / "dc", fiji / "mc", date(2026, 11, 29), "serial", lambda *_: None)
    ours, named = (pd.read_csv(fiji / each / "latest/commune_gaps.csv") for each in ("d", "dc"))
    numbers = ours.select_dtypes("number").columns
    assert np.allclose(ours[numbers], named[numbers], rtol=1e-3, equal_nan=True)
