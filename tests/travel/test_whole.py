"""Travel in whole runs of the tiny country: by road in two seasons, by friction, and kept between runs."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from commune_coverage.api import run as run_pipeline
from tests import tiny


@pytest.fixture
def country(tmp_path):
    """Roads join the middle of the tiny country, where the hub is, with south, east and west, where a depot is."""
    return tiny.write_with_roads(tmp_path / "in")


def _run(path, folder, engine="serial", run_date=date(2026, 3, 1)):
    run = run_pipeline(path, folder / "data", folder / "maps", run_date, engine, lambda *_: None)
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    return run, table.set_index("commune_code")


def test_minutes_by_road_and_over_the_ground_by_hand(country, tmp_path):
    _, table = _run(country, tmp_path)
    assert (table["delivery_method"] == "roads").all()
    # 10 km at 40 km/h to the east; in the corner 10 km on foot at 3 km/h more.
    assert table.loc["010106", "minutes_to_hub_median"] == pytest.approx(15, rel=2e-3)
    assert table.loc["010103", "minutes_to_hub_median"] == pytest.approx(15 + 200, rel=2e-3)
    assert table.loc["010106", "minutes_to_hub_wet_median"] == pytest.approx(15 / 0.95, rel=2e-3)
    # From the depot in the west, 15 min, half an hour of handling at the office, 15 min to the east.
    assert table.loc["010106", "parcel_minutes_median"] == pytest.approx(15 + 30 + 15, rel=2e-3)
    assert table.loc["010105", "minutes_drive_to_payment_median"] == pytest.approx(0, abs=0.1)
    assert table.loc["010106", "payment_gap_share"] == 0
    assert table.loc["010101", "payment_gap_share"] == 1
    assert table["rural_access_share"].dropna().isin([0, 1]).all()
    # 4,500 people get 75 parcels a day; the office says it handles one.
    assert (table["overloaded_hub_share"] == 1).all()
    assert (table["composite_rank"] >= 1).all()


def test_low_estimate_and_high_are_in_order(country, tmp_path):
    _, table = _run(country, tmp_path)
    for gap in ("delivery_gap_share", "delivery_gap_wet_share", "payment_gap_share", "payment_gap_wet_share"):
        assert (table[f"{gap}_low"] <= table[gap]).all()
        assert (table[gap] <= table[f"{gap}_high"]).all()


def test_a_flood_closes_the_road_and_who_lose_access_are_counted(country, tmp_path):
    east = shapely.box(tiny.at(1, 1)[0] + 2000, tiny.SOUTH, tiny.at(2, 1)[0] - 2000, tiny.SOUTH + 3 * tiny.SIDE_M)
    tiny.write_shapes(country.parent / "flood.geojson", [east], name=["flood"])
    tiny.say(
        country,
        """
        [layers.flood]
        path = "flood.geojson"
    """,
    )
    _, table = _run(country, tmp_path / "boats")
    lost = table["delivery_wet_loss_people"]
    assert {code for code, people in lost.items() if people > 0} == {"010106"}
    boat_min = table.loc["010106", "minutes_to_hub_wet_median"]
    assert boat_min == pytest.approx(4000 / 38_000 * 60 + 6000 / 8000 * 60 + 15, rel=0.05)
    tiny.say(
        country,
        """
        [travel.wet]
        boats = false
    """,
    )
    _, table = _run(country, tmp_path / "closed")
    assert table.loc["010106", "unreachable_wet_share"] == 1
    assert table.loc["010106", "unreachable_share"] == 0
    assert table.loc["010106", "delivery_note"] == "100% of people have no way to a pick-up in the wet season"


def test_a_new_hub_is_seen_though_roads_and_places_are_kept(country, tmp_path):
    _, before = _run(country, tmp_path)
    hubs = pd.read_csv(country.parent / "hubs.csv")
    corner = tiny.centres().round(7).iloc[[2]].assign(kind="post office", id=9, capacity="")
    pd.concat([hubs.astype(object), corner.astype(object)]).to_csv(country.parent / "hubs.csv", index=False)
    _, after = _run(country, tmp_path)
    assert before.loc["010103", "minutes_to_hub_median"] > 200
    assert after.loc["010103", "minutes_to_hub_median"] == pytest.approx(0, abs=0.5)


def test_a_friction_raster_stands_in_for_roads_and_says_so(country, tmp_path):
    side = 500.0
    size = int(3 * tiny.SIDE_M / side) + 40
    transform = rasterio.Affine(side, 0, tiny.WEST - 20 * side, 0, -side, tiny.SOUTH + 3 * tiny.SIDE_M + 20 * side)
    profile = {"driver": "GTiff", "height": size, "width": size, "count": 1, "dtype": "float32", "crs": tiny.METRIC}
    with rasterio.open(country.parent / "friction.tif", "w", transform=transform, **profile) as target:
        target.write(np.full((size, size), 0.003, np.float32), 1)  # 20 km/h everywhere
    text = country.read_text().replace('[layers.roads]\npath = "roads.geojson"\n', "")
    country.write_text(text)
    tiny.say(
        country,
        """
        [travel]
        grid_m = 500.0
        [layers.friction]
        path = "friction.tif"
    """,
    )
    _, table = _run(country, tmp_path)
    assert (table["delivery_method"] == "friction raster").all()
    assert table.loc["010106", "minutes_to_hub_median"] == pytest.approx(30, rel=0.03)
    assert table.loc["010109", "minutes_to_hub_median"] == pytest.approx(30 * 2**0.5, rel=0.05)
    assert table.loc["010106", "minutes_to_hub_wet_median"] == pytest.approx(30 / 0.7, rel=0.03)
    assert table["parcels_2sfca"].isna().all()


def test_roads_burnt_into_a_grid_agree_with_the_graph(country, tmp_path):
    _, graph = _run(country, tmp_path / "graph")
    tiny.say(
        country,
        """
        [travel]
        method = "friction"
        grid_m = 100.0
    """,
    )
    _, raster = _run(country, tmp_path / "raster")
    assert (raster["delivery_method"] == "friction raster").all()
    minutes = "minutes_to_hub_median"
    assert raster.loc["010106", minutes] == pytest.approx(graph.loc["010106", minutes], rel=0.1)
    assert raster.loc["010103", minutes] == pytest.approx(graph.loc["010103", minutes], rel=0.1)


def test_cash_without_hubs_and_hubs_without_cash(country, tmp_path):
    text = country.read_text()
    without_hubs = text.replace('[layers.hubs]\npath = "hubs.csv"\ncolumns = { class = "kind" }\n', "")
    assert without_hubs != text
    country.write_text(without_hubs)
    _, table = _run(country, tmp_path / "cash")
    assert table["delivery_gap_share"].isna().all()
    assert (table["delivery_note"] == "the country file names no hubs layer").all()
    assert table.loc["010106", "payment_gap_share"] == 0
    assert table["composite_rank"].notna().all()
    country.write_text(text.replace('[layers.payments]\npath = "payments.csv"\ncolumns = { class = "kind" }\n', ""))
    _, table = _run(country, tmp_path / "hubs")
    assert table["payment_gap_share"].isna().all()
    assert (table["payment_evidence"] == "data-poor").all()
    assert table["minutes_to_hub_median"].notna().all()


def test_where_nobody_is_counted_every_commune_is_there_and_nothing_breaks(country, tmp_path):
    villages = pd.read_csv(country.parent / "villages.csv")
    villages.assign(lon=villages["lon"] - 20).to_csv(country.parent / "villages.csv", index=False)
    tiny.without_limits(country)
    _, table = _run(country, tmp_path)
    assert len(table) == 9
    assert (table[["delivery_evidence", "payment_evidence"]] == "data-poor").all(axis=None)
