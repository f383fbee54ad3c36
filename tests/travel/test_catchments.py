import warnings

import numpy as np
import pandas as pd
import pytest

from commune_coverage.config.travel import ParcelCost
from commune_coverage.indicators.delivery import cost_per_parcel
from commune_coverage.travel.access.floating_catchments import floating_catchments, load_share, zone_weights
from commune_coverage.travel.routing.shortest_paths import HubTravelTimes

DECAY = {20.0: 1.0, 40.0: 0.68, 60.0: 0.22}


def _case(seed, groups=60, hubs=12):
    rng = np.random.default_rng(seed)
    ways = rng.uniform(0, 120, (groups, hubs))
    return rng.integers(0, 900, groups).astype(float), rng.uniform(0, 500, hubs), ways


def _within(ways, most):
    """Some hubs at a time, without the places that none of them reaches."""
    for hubs in np.array_split(np.arange(ways.shape[1]), 4):
        minutes = np.where(ways[:, hubs] <= most, ways[:, hubs], np.inf).T
        places = np.flatnonzero(np.isfinite(minutes).any(axis=0))
        yield HubTravelTimes(hubs, places, minutes[:, places])


def _pysal(people, capacity, ways, decay, most):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from access import Access, weights

        demand = pd.DataFrame({"place": np.arange(len(people)), "people": people})
        supply = pd.DataFrame({"hub": np.arange(len(capacity)), "capacity": capacity})
        row, column = np.indices(ways.shape)
        cost = pd.DataFrame({"place": row.ravel(), "hub": column.ravel(), "minutes": ways.ravel()})
        model = Access(
            demand_df=demand,
            demand_index="place",
            demand_value="people",
            supply_df=supply,
            supply_index="hub",
            supply_value="capacity",
            cost_df=cost,
            cost_origin="place",
            cost_dest="hub",
            cost_name="minutes",
        )
        if decay is None:
            found = model.two_stage_fca(name="found", max_cost=most)
        else:
            found = model.enhanced_two_stage_fca(name="found", max_cost=most, weight_fn=weights.step_fn(decay))
    return found["found_capacity"].reindex(np.arange(len(people))).fillna(0).to_numpy()


@pytest.mark.parametrize("seed", range(3))
def test_two_step_floating_catchments_equal_pysal(seed):
    people, capacity, ways = _case(seed)
    expected = _pysal(people, capacity, ways, None, 60)
    found = floating_catchments(_within(ways, 60), capacity, people, {"found": {60.0: 1.0}})["found"]
    assert expected.max() > 0
    assert np.abs(found - expected).max() < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_enhanced_floating_catchments_equal_pysal(seed):
    people, capacity, ways = _case(seed)
    expected = _pysal(people, capacity, ways, DECAY, 60)
    found = floating_catchments(_within(ways, 60), capacity, people, {"found": DECAY})["found"]
    assert expected.max() > 0
    assert np.abs(found - expected).max() < 1e-9


def test_capacity_is_shared_out_to_the_last_parcel():
    people, capacity, ways = _case(9)
    shared = floating_catchments(_within(ways, 60), capacity, people, {"found": DECAY})["found"]
    assert (shared * people).sum() == pytest.approx(capacity.sum())


def test_zones_hold_their_outer_edge():
    assert zone_weights(np.array([0.0, 20.0, 20.1, 60.0, 60.1]), DECAY).tolist() == [1, 1, 0.68, 0.22, 0]


def test_load_by_hand():
    load = load_share(np.array([30.0, 5, 0]), np.array([15.0, 0.0, 5.0]))
    assert load.tolist() == [2.0, np.inf, 0.0]


def test_cost_by_hand():
    # 80 min there: 4 min a parcel; 0.57 / sqrt(4) = 0.285 km at 15 km/h: 1.14 min; 5 min at the door.
    cost = cost_per_parcel(np.array([80.0]), np.array([4.0]), ParcelCost())
    assert cost[0] == pytest.approx(0.3 + (4 + 1.14 + 5) / 60 * 4)


def test_cost_rises_with_the_way_and_falls_with_density_and_is_unknown_where_nobody_is():
    ways, density = np.array([10.0, 20.0, 10.0, 10.0]), np.array([1.0, 1.0, 4.0, 0.0])
    near, far, dense, nobody = cost_per_parcel(ways, density, ParcelCost())
    assert dense < near < far
    assert np.isnan(nobody)
