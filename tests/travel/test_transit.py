"""Buses on the walking network: three stops and two lines by hand, random ones by networkx, and a whole run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import commune_coverage as cc
from commune_coverage.config.travel import Travel
from commune_coverage.travel.graph.network import MIN_MIN
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import dry_level_ground
from commune_coverage.travel.routing.models import RoadNetworkModel
from commune_coverage.travel.scenarios import Scenario, scenarios_of
from tests import gtfs, tiny
from tests.travel.random_roads import random_lines, roads_of
from tests.travel.test_network import DRY, oracle

TRAVEL = Travel()
# Stops at 0, 10 and 20 km. Line 0: A, B, C; line 1: C, A. As tests/readers/test_gtfs.py has it.
CALLS = {
    "line": np.array([0.0, 0, 0, 1, 1]),
    "stop": np.array([0.0, 1, 2, 2, 0]),
    "wait_min": np.array([10, 10, np.inf, 30, np.inf]),
    "ride_min": np.array([11, 9, np.nan, 30, np.nan]),
    "arrive_min": np.array([10, 9, np.nan, 30, np.nan]),
}


def by_bus(hub_m: float, *places_m: float, scenario: Scenario = DRY, outward: bool = False) -> list[float]:
    """Minutes between places on a road of 30 km and a hub on it."""
    model = RoadNetworkModel(roads_of([[(-5_000, 0), (25_000, 0)]]), dry_level_ground(), TRAVEL)
    model.add_transit(np.array([[0.0, 0], [10_000, 0], [20_000, 0]]), CALLS)
    hub = model.snap(np.array([[hub_m, 0.0]])).node
    model.stops[hub] = True
    found = model.travel_times(scenario, "bus", outward, hub, np.zeros(1)).minutes
    return found[model.snap(np.array([[place, 0.0] for place in places_m])).node].tolist()


def test_minutes_by_hand() -> None:
    # Ten minutes of waiting, then the ride; a kilometre on foot is 12 minutes.
    assert by_bus(20_000, 0, -1_000, 10_000, 9_000, 19_000) == pytest.approx([30, 42, 19, 31, 12])
    assert by_bus(21_000, 0) == pytest.approx([42])
    # The other way there is a bus once an hour, and none from B: on foot to A, or on to C and back.
    assert by_bus(0, 20_000, 10_000) == pytest.approx([60, 10 + 9 + 60])
    assert by_bus(0, 20_000, outward=True) == pytest.approx([30])


def test_rides_follow_the_speeds_and_the_season_and_waits_stay() -> None:
    assert by_bus(20_000, 0, scenario=Scenario("dry", "_low", 1.25)) == pytest.approx([10 + 20 / 1.25])
    assert by_bus(20_000, 0, scenario=Scenario("wet", "", 1.0)) == pytest.approx([10 + 20 / 0.95])


def random_calls(rng: np.random.Generator, stops: int) -> dict[str, np.ndarray]:
    lengths = rng.integers(2, 5, 6)
    ride = rng.uniform(1, 20, lengths.sum())
    return {
        "line": np.repeat(np.arange(6), lengths).astype(float),
        "stop": np.concatenate([rng.choice(stops, length, replace=False) for length in lengths]).astype(float),
        "wait_min": np.where(rng.random(lengths.sum()) < 0.2, np.inf, rng.uniform(1, 30, lengths.sum())),
        "ride_min": ride,
        "arrive_min": ride * rng.uniform(0.7, 1, lengths.sum()),
    }


def bus_graph(model: RoadNetworkModel, scenario: Scenario) -> nx.DiGraph:
    """Stops and calls as nodes of their own, with the edges that tests/gtfs.py describes in words."""
    transit, graph = model.transit, nx.DiGraph()
    slower = 1 / (scenario.speed_factor * (0.95 if scenario.is_wet else 1.0))
    walks = transit.walks.minutes(scenario, TRAVEL)
    for stop, (node, walk) in enumerate(zip(transit.stop_node, walks, strict=True)):
        if node != NO_NODE and np.isfinite(walk):
            graph.add_edge(int(node), ("stop", stop), weight=walk)
            graph.add_edge(("stop", stop), int(node), weight=walk)
    for call in range(len(transit.stop)):
        if np.isfinite(transit.wait_min[call]):
            graph.add_edge(("stop", int(transit.stop[call])), ("call", call), weight=transit.wait_min[call])
        if call + 1 < len(transit.stop) and transit.line[call] == transit.line[call + 1]:
            graph.add_edge(("call", call), ("call", call + 1), weight=transit.ride_min[call] * slower)
            there = "stop", int(transit.stop[call + 1])
            graph.add_edge(("call", call), there, weight=transit.arrive_min[call] * slower)
    return graph


@pytest.mark.parametrize("seed", range(12))
def test_minutes_equal_networkx_on_random_roads_and_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines, table = random_lines(rng)
    roads = roads_of(lines, **table)
    model = RoadNetworkModel(roads, dry_level_ground(), TRAVEL)
    model.add_transit(rng.uniform(0, 20_000, (10, 2)), random_calls(rng, 10))
    hubs = rng.choice(len(roads.vertices.x_m), 2, replace=False)
    model.stops[hubs] = True
    scenario, outward = scenarios_of(TRAVEL)[seed % 6], bool(seed % 2)
    found = model.travel_times(scenario, "bus", outward, hubs, np.zeros(2)).minutes
    on_foot = model.travel_times(scenario, "walk", outward, hubs, np.zeros(2)).minutes
    expected = oracle(roads, hubs, scenario, "walk", outward, table, further=bus_graph(model, scenario))
    reached = np.isfinite(expected)
    assert (np.isfinite(found) == reached).all()
    assert np.abs(found[reached] - expected[reached]).max() < MIN_MIN * 20
    assert (found <= on_foot + 1e-6).all()
    assert (found < on_foot - 1).any()


def test_a_run_with_a_timetable_by_hand(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    # To the middle, where the hub and the bank are, from the west; back from the east once an hour.
    gtfs.write(country.with_name("bus.zip"), gtfs.stops_at({"A": 3, "B": 4, "C": 5}))
    tiny.say(country, '[layers.gtfs]\npath = "bus.zip"\n[travel.modes]\nbus_share = 0.75')
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    done = cc.open_results(tmp_path / "data")
    table = done.access_by_mode.assign(code=lambda rows: rows["commune_code"].astype(str).str.zfill(6))
    bus = table[table["mode"] == "bus"].set_index("code")
    assert bus.loc["010104", "minutes_to_hub_median"] == pytest.approx(20, rel=1e-3)
    assert bus.loc["010104", "minutes_to_hub_wet_median"] == pytest.approx(10 + 10 / 0.95, rel=1e-3)
    # From the east by line two to the west and back by line one: 30 + 30 and 10 + 10.
    assert bus.loc["010106", "minutes_to_hub_median"] == pytest.approx(80, rel=1e-3)
    communes = done.communes.set_index("commune_code")
    assert communes.loc["010104", "delivery_gap_share"] == pytest.approx(0.25)
    assert communes.loc["010104", "payment_gap_share"] == pytest.approx(0.25)
    assert communes.loc["010106", "delivery_gap_share"] == 1
    assumed = {line["name"]: line["value"] for line in done.report["assumptions"]}
    assert assumed["bus timetable"] == "2 lines between 3 stops, 2026-01-07 in the 60 min from 08:00"


def test_without_a_timetable_who_goes_by_bus_walks_and_the_report_says_so(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    tiny.say(country, "[travel.modes]\nbus_share = 1.0")
    cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, 1), "serial")
    done = cc.open_results(tmp_path / "data")
    assert done.communes.set_index("commune_code").loc["010104", "delivery_gap_share"] == 1
    assert any(line["name"] == "who goes by bus walks" for line in done.report["assumptions"])
