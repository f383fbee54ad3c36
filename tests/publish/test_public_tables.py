"""Tables of the public edition by hand: points, columns and rows that are left out, cells that stay as they were."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.publish.editions.tables import PublicTables, revise_csv
from commune_coverage.publish.exports import write_csv
from commune_coverage.schema.official import COUNTED, MODELLED

AREAS_KM2 = {"A": 500.0, "B": 2000.0, "C": 4000.0}


def _official(points: dict[str, int]) -> pd.DataFrame:
    """Branches of each province and of the nation for every 1,000 km2 and 100,000 adults, and a modelled share."""
    areas = [("nation", "", sum(points.values()), sum(AREAS_KM2.values()))]
    areas += [("province", code, count, AREAS_KM2[code]) for code, count in points.items()]
    rows = []
    for level, code, count, km2 in areas:
        both = {"title": "branches", "level": level, "code": code, "basis": COUNTED, "value_low": None}
        rows.append(both | {"unit": "per 1,000 km2", "value": 1000 * count / km2})
        rows.append(both | {"unit": "per 100,000 adults", "value": float(count)})
        rows.append(both | {"title": "covered", "basis": MODELLED, "unit": "%", "value": 90.0})
    return pd.DataFrame(rows)


def _public(folder: Path, name: str, table: pd.DataFrame, confidential: dict[str, int | None]) -> pd.DataFrame | None:
    (folder / "whole").mkdir(exist_ok=True)
    (folder / "public").mkdir(exist_ok=True)
    write_csv(table, folder / f"whole/{name}.csv")
    write_csv(pd.DataFrame(columns=["layer"]), folder / "whole/quarantine.csv")
    communes = pd.DataFrame({"province_code": list(AREAS_KM2), "area_km2": list(AREAS_KM2.values()), "people": 1000.0})
    PublicTables(folder / "whole", folder / "public", confidential, communes, {"people": None}).write()
    target = folder / f"public/{name}.csv"
    return pd.read_csv(target, keep_default_na=False) if target.is_file() else None


@pytest.mark.parametrize(
    ("points", "gone"),
    [
        ({"A": 5, "B": 9, "C": 30}, set()),
        ({"A": 2, "B": 9, "C": 30}, {"A", "B"}),  # B lest the nation's total gives A back
        ({"A": 2, "B": 3, "C": 30}, {"A", "B"}),
        ({"A": 0, "B": 1, "C": 30}, {"A", "B", "C"}),  # 1 together is too few
    ],
)
def test_points_of_few_are_withheld_in_both_units(points: dict[str, int], gone: set[str], tmp_path: Path) -> None:
    public = _public(tmp_path, "official_indicators", _official(points), {"payments": 5})
    assert public is not None
    counted = public[public["title"] == "branches"]
    assert set(counted.loc[counted["value"] == "", "code"]) == gone
    assert (counted["value"] == "").sum() == 2 * len(gone)
    assert ((counted["withheld"] == "yes") == (counted["value"] == "")).all()
    assert (public.loc[public["title"] == "covered", "value"].astype(float) == 90.0).all()


def test_points_of_an_internal_layer_are_counted_nowhere(tmp_path: Path) -> None:
    public = _public(tmp_path, "official_indicators", _official({"A": 50, "B": 90, "C": 30}), {"payments": None})
    assert public is not None
    assert set(public.loc[public["value"] == "", "title"]) == {"branches"}
    assert (public.loc[public["title"] == "branches", "value"] == "").all()


def test_tables_that_nobody_has_listed_are_not_copied(tmp_path: Path) -> None:
    table = pd.DataFrame({"lon": [1.5]})
    assert _public(tmp_path, "newer", table, {"towers": None}) is None
    assert _public(tmp_path, "sites", table, {"towers": None}) is None
    assert _public(tmp_path, "sites", table, {"hubs": None}) is not None


def test_cells_stay_as_they_were_where_columns_go(tmp_path: Path) -> None:
    odd = pd.DataFrame({"name": ["=1+1", 'a "quoted", b', "two\nlines", "", "ភូមិ"], "x": [-1.5, 0.1, None, 1e-7, 2.0]})
    write_csv(odd.assign(gone=1), tmp_path / "a.csv")
    write_csv(odd, tmp_path / "wanted.csv")
    revise_csv(tmp_path / "a.csv", tmp_path / "b.csv", lambda rows: rows.drop(columns="gone"))
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "wanted.csv").read_bytes()
    revise_csv(tmp_path / "a.csv", tmp_path / "c.csv", lambda rows: rows)
    assert (tmp_path / "c.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
