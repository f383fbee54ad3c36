"""Planted changes: the cause is named, and its parts add up to the change to the last person."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline
from commune_coverage.core import versions
from commune_coverage.core.errors import RunError
from commune_coverage.reanalysis.attribution.explain import FIGURES, Explained, explain, figures_of, recorded_run
from commune_coverage.reanalysis.attribution.text import attribution_headline, lines
from tests import tiny
from tests.forms import short_form_of

Change = Callable[[Path], None]


def _silent(*_: object) -> None:
    return None


def _run(country: Path, folder: Path, day: int) -> str:
    return run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, day), "serial", _silent).run_id


def _explain(before: str, after: str, data: Path) -> Explained:
    return explain(recorded_run(before, data), recorded_run(after, data), data, "serial")


def _csv(name: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    def change(country: Path) -> None:
        edit(pd.read_csv(country.parent / name)).to_csv(country.parent / name, index=False)

    return change


def _add_text(text: str) -> Change:
    return lambda country: tiny.say(country, text)


def _split_a_commune(country: Path) -> None:
    path = country.parent / "communes.geojson"
    communes = gpd.read_file(path)
    west, south, east, north = communes.geometry.iloc[8].bounds
    half = shapely.box(west - 1, south - 1, (west + east) / 2, north + 1)
    parts = communes.iloc[[8, 8]].assign(commune_code=["010191", "010192"])
    shape = communes.geometry.iloc[8]
    parts = parts.set_geometry([shape.intersection(half), shape.difference(half)], crs=communes.crs)
    pd.concat([communes.iloc[:8], parts]).to_file(path, driver="GeoJSON")


def _drop_a_road(country: Path) -> None:
    roads = gpd.read_file(country.parent / "roads.geojson")
    roads.iloc[1:].to_file(country.parent / "roads.geojson", driver="GeoJSON")


def _new_hub(hubs: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([hubs, hubs.iloc[:1].assign(id=9, lon=tiny.centres()["lon"][8], lat=tiny.centres()["lat"][8])])


PLANTED: dict[str, tuple[Change, str]] = {
    "a tower removed": (_csv("towers.csv", lambda table: table.iloc[:-1]), "towers"),
    "a tower moved": (_csv("towers.csv", lambda t: t.assign(lon=t["lon"] + 0.12)), "towers"),
    "an operator's cells gone": (_csv("towers.csv", lambda table: table[table["net"] == 1]), "towers"),
    "a hub added": (_csv("hubs.csv", _new_hub), "hubs"),
    "a bank closed": (_csv("payments.csv", lambda table: table.iloc[1:]), "payments"),
    "a road gone": (_drop_a_road, "roads"),
    "a new population version": (_csv("villages.csv", lambda t: t.assign(people=t["people"] * 1.05)), "people"),
    "a threshold changed": (_add_text("[thresholds]\nhigh_speed_mbps = [900.0]\ndelivery_gap_min = 5.0"), "thresholds"),
    "a commune split": (_split_a_commune, "communes"),
    "slower roads": (_add_text("[travel.road_kmh]\ntertiary = 5.0"), "travel"),
}
LENIENT = """
    [plausibility]
    national_change_share = 1.0
    rows_change_share = 0.9
    communes_change_share = 0.9
    [checks.national_change]
    severity = "warn"
"""


@pytest.fixture
def country(tmp_path: Path) -> Path:
    path = tiny.with_few_people(tiny.write_with_roads(tmp_path / "in"))
    tiny.say(path, LENIENT)
    return path


def _assert_adds_up(explained: Explained, data: Path) -> None:
    before, after = (
        figures_of(pd.read_parquet(next((data / "history").glob(f"*/communes/run_date=*/{run}.parquet"))))
        for run in (explained.before, explained.after)
    )
    codes = before.index.union(after.index)
    whole = after.reindex(codes, fill_value=0.0) - before.reindex(codes, fill_value=0.0)
    parts = (
        explained.parts.pivot_table(index="commune_code", columns="figure", values="change_people", aggfunc="sum")
        .reindex(index=codes, columns=list(FIGURES))
        .fillna(0.0)
    )
    assert (whole - parts).abs().to_numpy().max() < 1e-6
    assert whole.abs().to_numpy().max() > 0.5, "nothing was changed"


@pytest.mark.parametrize("planted", short_form_of(PLANTED, ("a tower removed", "a commune split", "slower roads")))
def test_the_cause_of_a_planted_change_is_named_and_its_parts_add_up(planted: str, country: Path) -> None:
    change, cause = PLANTED[planted]
    folder = country.parent.parent
    first = _run(country, folder, 1)
    change(country)
    explained = _explain(first, _run(country, folder, 2), folder / "data")
    assert explained.why_not == ""
    assert cause in explained.causes
    moved = explained.national().abs().sum(axis=1)
    assert moved.idxmax() == cause
    assert moved.drop(cause).max() < 1e-6 if len(moved) > 1 else True
    _assert_adds_up(explained, folder / "data")


def test_two_causes_of_one_run_are_separated_and_added_and_removed_rows_named(country: Path) -> None:
    folder = country.parent.parent
    first = _run(country, folder, 1)
    PLANTED["a tower removed"][0](country)
    PLANTED["a hub added"][0](country)
    second = _run(country, folder, 2)
    explained = _explain(first, second, folder / "data")
    assert explained.causes == ["towers", "hubs", "run_date"]
    table = explained.national()
    assert table.loc["towers", "delivery_gap_people"] == 0
    assert table.loc["hubs", "internet_gap_people"] == 0
    assert table.loc["hubs", "delivery_gap_people"] < 0 < table.loc["towers", "internet_gap_people"]
    _assert_adds_up(explained, folder / "data")
    text = "\n".join(lines(explained))
    assert "1 removed (LTE/456/2/1/3)" in text
    assert "1 added (9)" in text
    assert attribution_headline(explained).startswith(
        "250 more people without high-speed mobile internet, most of it by towers (+250)"
    )


def test_a_run_without_a_change_says_so(country: Path) -> None:
    folder = country.parent.parent
    first = _run(country, folder, 1)
    explained = _explain(first, _run(country, folder, 2), folder / "data")
    assert explained.parts.empty
    assert attribution_headline(explained) == "no gap changed."


def test_where_inputs_are_gone_the_change_is_whole_and_says_why(country: Path) -> None:
    folder = country.parent.parent
    first = _run(country, folder, 1)
    PLANTED["a tower removed"][0](country)
    second = _run(country, folder, 2)
    for stored in (folder / "data/inputs").glob("*/objects/*/towers.csv"):
        stored.unlink()
    explained = _explain(first, second, folder / "data")
    assert "is not stored any more" in explained.why_not
    assert explained.causes == ["together"]
    _assert_adds_up(explained, folder / "data")


def test_a_run_of_a_version_that_knew_fewer_layers_and_sections_is_explained_too(country: Path) -> None:
    folder = country.parent.parent
    first = _run(country, folder, 1)
    for path in (folder / "data").rglob("*.json"):
        record = json.loads(path.read_text())
        known = record.get("manifest", record) if isinstance(record, dict) else {}
        if "configuration" in known:
            del known["configuration"]["layers"]["people_groups"]
            del known["configuration"]["territory"]
            record.pop("digest", None)  # as of a run from before records had one
            path.write_text(json.dumps(record))
    PLANTED["a tower removed"][0](country)
    explained = _explain(first, _run(country, folder, 2), folder / "data")
    assert explained.why_not == ""
    assert explained.national().abs().sum(axis=1).idxmax() == "towers"
    _assert_adds_up(explained, folder / "data")


def test_new_code_is_a_cause_of_its_own(country: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = country.parent.parent
    monkeypatch.setattr(versions, "code_hash", lambda: "older")
    first = _run(country, folder, 1)
    monkeypatch.undo()
    PLANTED["a tower removed"][0](country)
    explained = _explain(first, _run(country, folder, 2), folder / "data")
    assert explained.causes == ["code", "towers", "run_date"]
    assert explained.national().loc["code"].abs().max() == 0
    _assert_adds_up(explained, folder / "data")
    with pytest.raises(RunError, match="no record of a run 'KHM-1'"):
        recorded_run("KHM-1", folder / "data")
