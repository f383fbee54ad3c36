"""Minutes and their low and high by hand: through whole runs of the tiny country, and over a road of five nodes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.travel import Parcels, Travel
from commune_coverage.travel.access.travel_times import Stops, minutes_at_places, parcel_times, pickup_times
from commune_coverage.travel.off_road import Walks
from commune_coverage.travel.routing.shortest_paths import TravelTimeField
from commune_coverage.travel.routing.snapping import Snapped
from commune_coverage.travel.scenarios import Scenario, scenarios_of
from tests import tiny

EAST, WEST = "010106", "010104"


def _run(country: Path) -> pd.DataFrame:
    folder = country.parent.parent
    run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    return table.set_index("commune_code")


def _within(row: pd.Series, minutes: float, bound: str = "") -> bool:
    """Whether a commune whose people all live in one place is there in so many minutes, by a band next to it."""
    shares = [row[f"within_{minutes + beyond:g}_min_share{bound}"] for beyond in (-0.5, 0.5)]
    assert set(shares) <= {0.0, 1.0}
    return shares == [0.0, 1.0]


def test_50_minutes_are_40_and_67_where_speeds_are_a_quarter_off_and_only_at_most_more_than_an_hour(
    tmp_path: Path,
) -> None:
    """10 km of road at 12 km/h: 50 minutes; 50 / 1.25 = 40; 50 / 0.75 = 66.7. To cash on foot 10 km at 5 km/h."""
    country = tiny.write_with_roads(tmp_path / "in")
    tiny.say(
        country,
        """
        [travel]
        road_kmh = { tertiary = 12.0 }
        [thresholds]
        delivery_bands_min = [39.5, 40.5, 49.5, 50.5, 66.2, 67.2]
        payment_walk_min = 130.0
    """,
    )
    table = _run(country)
    east, west = table.loc[EAST], table.loc[WEST]
    assert east["minutes_to_hub_median"] == pytest.approx(50, rel=1e-3)
    assert _within(east, 50)
    # Few minutes are a large share within a band: its high.
    assert _within(east, 40, "_high")
    assert _within(east, 66.7, "_low")
    assert east[[f"delivery_gap_share{bound}" for bound in ("_low", "", "_high")]].tolist() == [0, 0, 1]
    # In the wet season 50 / 0.95 = 52.6: 42.1 and 70.2.
    assert east["minutes_to_hub_wet_median"] == pytest.approx(50 / 0.95, rel=1e-3)
    assert east[[f"delivery_gap_wet_share{bound}" for bound in ("_low", "", "_high")]].tolist() == [0, 0, 1]
    # 120 minutes, 96 and 160 where 130 are near.
    assert west["minutes_walk_to_payment_median"] == pytest.approx(120, rel=1e-3)
    assert west[[f"payment_gap_share{bound}" for bound in ("_low", "", "_high")]].tolist() == [0, 0, 1]


def test_the_walk_to_a_branch_a_km_off_the_road_counts_twice_and_that_from_the_depot_once(tmp_path: Path) -> None:
    """On the road 10 km at 40 km/h are 15 minutes; over the ground at 3 km/h a km takes 20."""
    country = tiny.write_with_roads(tmp_path / "in")
    tiny.write_shapes(
        country.parent / "hubs.geojson",
        [shapely.Point(*np.add(tiny.at(1, 1), (0, 1000))), shapely.Point(*np.add(tiny.at(0, 1), (0, 500)))],
        kind=["post office", "sorting centre"],
        id=["1", "2"],
    )
    country.write_text(country.read_text().replace('path = "hubs.csv"', 'path = "hubs.geojson"'))
    tiny.say(
        country,
        """
        [thresholds]
        delivery_bands_min = [15.5, 16.5, 34.5, 35.5, 46.2, 47.2]
    """,
    )
    table = _run(country)
    east, corner = table.loc[EAST], table.loc["010109"]
    # Half a km to the road, 15 to the office's turning, a km in, half an hour there, a km out, 15 to the door.
    assert east["parcel_minutes_median"] == pytest.approx(10 + 15 + 20 + 30 + 20 + 15, rel=1e-3)
    # When it is wet roads are gone at 0.95 and ground at 0.7 of it.
    assert east["parcel_minutes_wet_median"] == pytest.approx(30 / 0.95 + 50 / 0.7 + 30, rel=1e-3)
    # 10 km over the ground from where the road ends.
    assert corner["parcel_minutes_median"] == pytest.approx(110 + 200, rel=1e-3)
    # A person: 15 and the km; (15 + 20) / 0.75 at most; at best 15 / 1.25, and a track of 15 km/h where no road is.
    assert east["minutes_to_hub_median"] == pytest.approx(35, rel=1e-3)
    assert _within(east, 35)
    assert _within(east, 46.7, "_low")
    assert _within(east, 16, "_high")


class Road:
    """Ways along a road of five nodes, 7 minutes apart, whatever the scenario."""

    def snap(self, position_m: np.ndarray) -> Snapped:
        raise NotImplementedError

    def travel_times(
        self,
        scenario: Scenario,
        mode: str,
        is_outward: bool,
        node: np.ndarray,
        offset: np.ndarray,
        with_hub: bool = True,
    ) -> TravelTimeField:
        minutes = [min(off + 7 * abs(at - hub) for hub, off in zip(node, offset, strict=True)) for at in range(5)]
        return TravelTimeField(np.array(minutes), np.zeros(5, np.int64), np.zeros(5))


def _stops(nodes: list[int], walk_m: list[float], tiers: list[str]) -> Stops:
    metres, none = np.array(walk_m), np.zeros(len(walk_m))
    return Stops(Snapped(np.array(nodes), Walks(metres, metres, none, none)), np.array(tiers, dtype=object))


def test_a_parcel_goes_by_the_branch_that_makes_it_quickest_also_from_the_roads_first_node() -> None:
    """A depot at the end of the road, a branch at its first node and a slow one near the depot."""
    hubs = _stops([4, 0, 4], [100.0, 50.0, 2000.0], ["sorting", "branch", "branch"])
    found = dict(parcel_times(Road(), hubs, Travel(), Parcels(handling_min=5)))
    assert found.keys() == {"parcel_dry", "parcel_wet"}
    # 100 m at 3 km/h take 2 minutes, 50 m 1, 2 km 40. By the first branch it is 2 + 28 + 1 + 5 + 1 = 37 to its node,
    # by the other 2 + 40 + 5 + 40 = 87.
    assert found["parcel_dry"].minutes.tolist() == [37, 44, 51, 58, 65]
    # Over the ground the wet season takes 1 / 0.7: 4 minutes in all become 40 / 7.
    assert found["parcel_wet"].minutes == pytest.approx(np.arange(33, 62, 7) + 4 / 0.7, rel=1e-6)


def test_where_no_hub_sorts_parcels_are_not_timed_and_where_none_hands_over_the_depot_does() -> None:
    assert list(parcel_times(Road(), _stops([1], [0.0], ["branch"]), Travel(), Parcels())) == []
    found = dict(parcel_times(Road(), _stops([1], [100.0], ["sorting"]), Travel(), Parcels(handling_min=5)))
    assert found["parcel_dry"].minutes.tolist() == [2 + 2 + 5 + 2 + 7 * away for away in (1, 0, 1, 2, 3)]


def test_people_collect_from_branches_and_pick_up_points_and_not_from_depots() -> None:
    hubs = _stops([0, 3, 4], [0.0, 100.0, 200.0], ["sorting", "pickup", "branch"])
    found = dict(pickup_times(Road(), hubs, Travel()))
    assert found["pickup_dry"].minutes.tolist() == [23, 16, 9, 2, 4]
    # A quarter slower on foot, the road of this test is as it is; a quarter faster, and 100 m of track at 15 km/h.
    assert found["pickup_dry_high"].minutes == pytest.approx([23.667, 16.667, 9.667, 2.667, 5.333], abs=1e-3)
    assert found["pickup_dry_low"].minutes == pytest.approx([21.4, 14.4, 7.4, 0.4, 0.8], abs=1e-5)


def test_scenarios_are_a_quarter_faster_for_low_and_slower_for_high() -> None:
    named = {scenario.name: scenario.speed_factor for scenario in scenarios_of(Travel(speed_uncertainty=0.25))}
    assert named == {"dry": 1, "dry_low": 1.25, "dry_high": 0.75, "wet": 1, "wet_low": 1.25, "wet_high": 0.75}
    assert [one.speed_factor for one in scenarios_of(Travel(speed_uncertainty=0.5))] == [1, 1.5, 0.5] * 2


def test_a_place_adds_its_walk_to_its_nodes_minutes_and_without_a_node_has_no_way() -> None:
    found = minutes_at_places(np.array([3.0, 5.0]), np.array([0, 1, -1]), np.array([10.0, 20.0, 0.0]))
    assert found.tolist() == [13.0, 25.0, np.inf]
