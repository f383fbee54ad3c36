"""What people travel with: speeds by hand, gaps as means over modes, tables by area, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

import commune_coverage as cc
from commune_coverage.config.layers import VehiclesLayer
from commune_coverage.config.travel import MODES, Modes, Travel
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.indicators.modes import of_everybody, shares_by_commune, used_modes
from commune_coverage.readers.measured.vehicles import read_vehicles
from commune_coverage.schema.access_by_mode import ACCESS_BY_MODE
from commune_coverage.travel.graph.edge_times import step_minutes
from commune_coverage.travel.off_road import dry_level_ground
from commune_coverage.travel.routing.models import EuclideanModel, FrictionModel
from commune_coverage.travel.scenarios import Mode, Scenario
from tests import tiny
from tests.travel.random_roads import roads_of
from tests.travel.test_network import DRY, WET

SHARES = {"walk": 0.1, "bicycle": 0.2, "motorbike": 0.3, "car": 0.4}

# Minutes over 10 km: speed of the class, at most 15 km/h by bicycle and 45 by motorbike, times what the wet leaves.
TEN_KM = [
    ("bicycle", DRY, "primary", 40.0),
    ("motorbike", DRY, "primary", 600 / 45),
    ("drive", DRY, "primary", 10.0),
    ("walk", DRY, "primary", 120.0),
    ("bicycle", WET, "primary", 40 / 0.95),
    ("motorbike", WET, "primary", 600 / 45 / 0.95),
    ("motorbike", DRY, "tertiary", 15.0),
    ("motorbike", WET, "tertiary", 15 / 0.95),
    ("bicycle", WET, "track", 100.0),
    ("bicycle", DRY, "path", 120.0),
    ("bicycle", Scenario("dry", "_low", 1.25), "primary", 32.0),
    ("bicycle", Scenario("wet", "_high", 0.75), "primary", 40 / 0.95 / 0.75),
]


@pytest.mark.parametrize(("mode", "scenario", "kind", "minutes"), TEN_KM)
def test_minutes_of_a_road_by_hand(mode: Mode, scenario: Scenario, kind: str, minutes: float) -> None:
    surface = "" if kind in ("track", "path") else "asphalt"
    roads = roads_of([[(0, 0), (10_000, 0)]], **{"class": kind, "surface": surface})
    assert step_minutes(roads, scenario, mode, Travel()).sum() == pytest.approx(minutes)


def test_a_country_file_sets_greatest_speeds_and_a_stated_limit_still_holds() -> None:
    settings = Travel(modes=Modes(bicycle_max_kmh=20, motorbike_max_kmh=30))
    roads = roads_of([[(0, 0), (10_000, 0)]], max_speed_kmh=25.0)
    found = {mode: step_minutes(roads, DRY, mode, settings).sum() for mode in ("bicycle", "motorbike")}
    assert found == pytest.approx({"bicycle": 30.0, "motorbike": 24.0})


def test_modes_without_a_graph_are_no_faster_than_their_greatest_speed() -> None:
    settings = Travel()
    model = EuclideanModel(np.array([[0.0, 0.0]]), np.array([[10_000.0, 0.0]]), settings)
    node, offset = np.array([1]), np.zeros(1)
    kmh = {"drive": 20.0, "motorbike": 20.0, "bicycle": 15.0, "walk": 5.0}
    for mode, speed in kmh.items():
        assert model.travel_times(DRY, mode, False, node, offset).minutes[0] == pytest.approx(14 / speed * 60)
    given = FrictionModel(dry_level_ground(), None, settings, {"dry": np.array([[60 / 1000 / 60]])})
    kmh = {"drive": 60.0, "motorbike": 45.0, "bicycle": 15.0, "walk": 5.0}
    for mode, speed in kmh.items():
        assert given.friction(DRY, mode)[0, 0] == pytest.approx(60 / 1000 / speed)


def say_shares(country: Path, shares: Mapping[str, float]) -> None:
    tiny.say(country, "[travel.modes]\n" + "\n".join(f"{mode}_share = {share}" for mode, share in shares.items()))


def results(folder: Path, shares: Mapping[str, float] | None = None, vehicles: pd.DataFrame | None = None):
    """The tiny country with roads, run with shares of the nation, a table of them, both or none."""
    country = tiny.write_with_roads(folder / "in")
    if vehicles is not None:
        vehicles.to_csv(country.with_name("vehicles.csv"), index=False)
        tiny.without_limits(country)
        tiny.say(country, '[layers.vehicles]\npath = "vehicles.csv"')
    if shares is not None:
        say_shares(country, shares)
    cc.run(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial")
    return cc.open_results(folder / "data")


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return results(tmp_path_factory.mktemp("usual"))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return results(tmp_path_factory.mktemp("mixed"), SHARES)


def by_code(done) -> pd.DataFrame:
    return done.communes.set_index("commune_code").drop(columns="geometry")


def test_gaps_are_means_over_modes_by_hand(mixed) -> None:
    table = by_code(mixed)
    # 10 km of a tertiary road: 120 min on foot, 40 by bicycle, 15 else; the corner is 200 min on foot away from it.
    for code in ("010102", "010104", "010106"):
        assert table.loc[code, "delivery_gap_share"] == pytest.approx(0.1)
        assert table.loc[code, "within_30_min_share"] == pytest.approx(0.7)
    assert table.loc["010101", "delivery_gap_share"] == 1
    # Cash is 10 km away: 15 minutes for those who drive.
    assert table.loc["010104", "payment_gap_share"] == pytest.approx(0.3)
    assert table.loc["010104", "payment_gap_people"] == pytest.approx(0.3 * 400)
    # Half of the people have 15 minutes or less: 0.7 of them.
    assert table.loc["010106", "minutes_to_hub_median"] == pytest.approx(15, rel=2e-3)
    for gap in ("delivery_gap", "delivery_gap_wet", "payment_gap", "payment_gap_wet"):
        share, low, high = (table[f"{gap}_share{bound}"] for bound in ("", "_low", "_high"))
        assert ((low <= share) & (share <= high)).all()


def test_the_table_is_of_all_modes_and_adds_up_to_the_gaps_of_the_communes(mixed) -> None:
    table = mixed.access_by_mode
    assert table.columns.tolist() == ACCESS_BY_MODE.names
    communes, nation = table[table["level"] == "commune"], table[table["level"] == "nation"].set_index("mode")
    assert communes["mode"].tolist() == [*MODES] * 9
    assert communes.groupby("commune_code")["people_share"].sum().to_numpy() == pytest.approx(1)
    assert nation["people_share"].to_dict() == pytest.approx(SHARES | {"bus": 0})
    known = by_code(mixed)
    whole = communes.groupby("commune_code")[["people", *(f"{gap}_people" for gap in GAPS)]].sum()
    for name in whole:
        assert whole[name].to_numpy() == pytest.approx(known[name].to_numpy())
        assert nation[name].to_numpy() == pytest.approx(communes.groupby("mode")[name].sum()[nation.index].to_numpy())
    minutes = communes[communes["commune_code"] == "010106"].set_index("mode")["minutes_to_hub_median"]
    assert minutes.dropna().to_dict() == pytest.approx(
        {"walk": 120, "bicycle": 40, "motorbike": 15, "car": 15}, rel=1e-4
    )
    wet = communes[communes["commune_code"] == "010104"].set_index("mode")["minutes_to_payment_wet_median"]
    assert wet.loc[["bicycle", "car"]].to_numpy() == pytest.approx(np.array([40, 15]) / 0.95, rel=1e-4)


GAPS = ("delivery_gap", "delivery_gap_wet", "payment_gap", "payment_gap_wet")


def test_everybody_in_the_mode_of_every_run_leaves_each_figure_as_it_was(usual, tmp_path: Path) -> None:
    before = by_code(usual)
    is_payment = before.columns.str.contains("payment")
    composite = before.columns.str.startswith("composite")
    driven = by_code(results(tmp_path / "car", {"car": 1.0}))
    rest = ~(is_payment | composite)
    pd.testing.assert_frame_equal(driven.loc[:, rest], before.loc[:, rest], check_exact=True)
    walked = by_code(results(tmp_path / "walk", {"walk": 1.0}))
    pd.testing.assert_frame_equal(walked.loc[:, is_payment], before.loc[:, is_payment], check_exact=True)
    assert not (usual.folder / "access_by_mode.csv").exists()


def test_a_tables_shares_are_those_of_the_finest_level_and_elsewhere_nothing_is_known(tmp_path: Path) -> None:
    rows = pd.DataFrame({"code": ["010104", "10106"], "car_share": [0.0, 0.5], "motorbike_share": [0.25, 0.0]})
    done = results(tmp_path, vehicles=rows)
    table, modes = by_code(done), done.access_by_mode
    assert table.loc["010104", "delivery_gap_share"] == pytest.approx(0.75)
    assert table.loc["010106", "delivery_gap_share"] == pytest.approx(0.5)
    unknown = table.drop(["010104", "010106"])
    for theme in ("delivery", "payment"):
        assert unknown[[f"{theme}_gap_share", f"{theme}_gap_people"]].isna().all(axis=None)
        assert (unknown[f"{theme}_evidence"] == "data-poor").all()
        assert (unknown[f"{theme}_note"] == "what people travel with is not known in the commune").all()
    national = done.report["national"]
    assert national["delivery_gap_people"] == pytest.approx(0.75 * 400 + 0.5 * 600)
    assert national["delivery_gap_share"] == pytest.approx(0.6)
    assert national["delivery_data_poor_people"] == 4500 - 1000
    own = modes[modes["commune_code"].astype(str).str.zfill(6) == "010101"]
    assert own[["people_share", "people", "delivery_gap_people"]].isna().all(axis=None)
    shares = modes[modes["level"] == "nation"].set_index("mode")["people_share"]
    assert shares.to_dict() == pytest.approx({"walk": 0.6, "bus": 0, "bicycle": 0, "motorbike": 0.1, "car": 0.3})


def test_medians_over_people_and_modes_equal_those_counted_one_by_one(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    here, there = (tiny.centres().loc[row, ["lon", "lat"]].to_numpy(float) for row in (4, 5))
    away_km = np.array([3.0, 4.0, 7.0, 9.0])
    people = np.array([70, 20, 50, 110])
    on_road = here + (there - here) * away_km[:, np.newaxis] / 10
    table = pd.DataFrame(on_road, columns=["lon", "lat"]).assign(people=people, village=range(4))
    table.to_csv(country.with_name("villages.csv"), index=False)
    tiny.without_limits(country)
    say_shares(country, SHARES)
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    done = cc.open_results(tmp_path / "data")
    kmh = {"walk": 5.0, "bicycle": 15.0, "motorbike": 40.0, "car": 40.0}
    one_by_one = sorted(
        (km / kmh[mode] * 60, count * share, km > 5)
        for mode, share in SHARES.items()
        for km, count in zip(away_km, people, strict=True)
    )
    # Of the east, which begins 5 km from the hub.
    east_only = [(minutes, weight) for minutes, weight, is_east in one_by_one if is_east]
    below = np.cumsum([weight for _, weight in east_only])
    wanted = east_only[int(np.searchsorted(below, below[-1] / 2))][0]
    found = by_code(done).loc["010106", "minutes_to_hub_median"]
    assert found == pytest.approx(wanted, rel=5e-3)
    walking = sorted((km * 12, count) for km, count in zip(away_km, people, strict=True))
    below = np.cumsum([count for _, count in walking])
    nation = done.access_by_mode.iloc[0]
    assert (nation["level"], nation["mode"]) == ("nation", "walk")
    assert nation["minutes_to_hub_median"] == pytest.approx(walking[int(np.searchsorted(below, 125))][0], rel=5e-3)


@pytest.mark.parametrize("seed", range(5))
def test_random_modes_of_random_communes_equal_a_plain_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = dict(zip(MODES, rng.dirichlet(np.ones(5), 20).T, strict=True))
    by_mode = {mode: {"near": rng.uniform(0, 100, 20), "far": rng.uniform(0, 100, 20)} for mode in MODES}
    found = of_everybody(by_mode, shares)
    for name in ("near", "far"):
        wanted = [sum(shares[mode][row] * by_mode[mode][name][row] for mode in MODES) for row in range(20)]
        assert found[name] == pytest.approx(wanted)


def test_shares_come_from_the_finest_level_then_from_the_country_file() -> None:
    stated = pd.DataFrame(
        {
            "level": ["province", "district", "commune"],
            "code": ["P", "D", "a"],
            "walk_share": [0, 1, 0.5],
            "bus_share": [0, 0, 0],
            "bicycle_share": [1, 0, 0],
            "motorbike_share": [0, 0, 0],
            "car_share": [0, 0, 0.5],
        }
    )
    codes = {"province": ["P", "P", "P", "Q"], "district": ["D", "D", "E", "F"], "commune": ["a", "b", "c", "d"]}
    found = shares_by_commune(stated, codes, Modes(), 4)
    assert found is not None
    assert found["walk"][:3].tolist() == [0.5, 1, 0]
    assert found["bicycle"][:3].tolist() == [0, 0, 1]
    assert np.isnan(found["car"][3])
    assert used_modes(found) == ("walk", "bicycle", "car")
    also = shares_by_commune(stated, codes, Modes(motorbike_share=0.75), 4)
    assert also is not None
    assert [also[mode][3] for mode in MODES] == [0.25, 0, 0, 0.75, 0]
    assert shares_by_commune(None, codes, Modes(), 4) is None
    assert shares_by_commune(stated.iloc[:0], codes, Modes(), 4) is None


@pytest.mark.parametrize(
    "wrong", [{"car_share": 1.1}, {"car_share": 0.6, "bicycle_share": 0.5}, {"walk_share": 0.5, "car_share": 0.3}]
)
def test_shares_that_are_not_those_of_everybody_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Modes(**wrong)


def test_bad_rows_of_a_table_are_set_aside_and_rounded_ones_put_to_one(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(
        "code,walk_share,bicycle_share,car_share\n"
        "10101,0.5,0.3,0.2\n"
        "1,,0.25,0.25\n"
        "010102,0.333,0.333,0.333\n"
        "010103,0.5,0.3,0.3\n"
        "010104,0.1,0.3,0.2\n"
        "010105,0.5,,0.5\n"
        "010106,,0.2,1.2\n"
        "010107,,x,0.2\n"
        "999999,0.5,0.3,0.2\n"
        "10101,1,0,0\n"
        ",1,0,0\n"
    )
    table, [log] = tiny.read(read_vehicles, VehiclesLayer(path=path), tiny.area())
    assert table[["level", "code"]].to_numpy().tolist() == [
        ["commune", "010101"],
        ["province", "01"],
        ["commune", "010102"],
    ]
    shares = table[[f"{mode}_share" for mode in MODES]]
    assert shares.to_numpy() == pytest.approx(
        np.array([[0.5, 0, 0.3, 0, 0.2], [0.5, 0, 0.25, 0, 0.25], [1 / 3, 0, 1 / 3, 0, 1 / 3]])
    )
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    assert {row["line"]: row["reason_code"] for row in log.rows} == {
        5: "modes_not_one",
        6: "modes_not_one",
        7: "missing_value",
        8: "out_of_range",
        9: "not_a_number",
        10: "unmatched_code",
        11: "duplicate_id",
        12: "missing_value",
    }
    assert log.is_balanced()


def test_a_table_without_a_vehicle_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("code,walk_share\n1,1\n")
    with pytest.raises(MissingColumnError, match="motorbike_share"):
        tiny.read(read_vehicles, VehiclesLayer(path=tmp_path / "v.csv"), tiny.area())


def test_processes_and_a_second_run_give_the_same_bytes(mixed, tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    for run_date, engine in ((date(2026, 2, 28), "serial"), (date(2026, 3, 1), "processes")):
        cc.run(country, tmp_path / "data", tmp_path / "maps", run_date, engine)
        if engine == "serial":
            say_shares(country, SHARES)
    there = cc.open_results(tmp_path / "data").folder
    for name in ("access_by_mode.parquet", "mode_sums/delivery_sums.npz", "mode_sums/payment_sums.npz"):
        assert (there / "stages" / name).read_bytes() == (mixed.folder / "stages" / name).read_bytes()
    assert (there / "access_by_mode_dictionary.csv").read_text().count("\n") == len(ACCESS_BY_MODE.names) + 1


def test_what_is_carried_by_vehicles_in_any_case_stays_as_it_was(usual, mixed) -> None:
    before, after = by_code(usual), by_code(mixed)
    driven = before.columns[
        before.columns.str.contains("^cost_per_parcel|^parcel|^overloaded|_km_|^payment_(?:walk|drive)")
    ]
    assert len(driven) >= 12
    pd.testing.assert_frame_equal(after[driven], before[driven], check_exact=True)
    assert not after["delivery_gap_share"].equals(before["delivery_gap_share"])
