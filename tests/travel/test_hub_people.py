"""Whom each hub has, against a loop over every share."""

import numpy as np
import pytest

from commune_coverage.pipeline.stages.travel.artifacts import HubPeople, read_hub_people
from commune_coverage.population.weights import PopulationWeights, to_fixed_point

HUBS, COMMUNES, PLACES, ROWS = 7, 5, 60, 90


@pytest.mark.parametrize("tiles", [0, 1, 4])
def test_people_of_all_tiles_are_counted_at_their_hub_and_commune(tmp_path, tiles):
    rng = np.random.default_rng(tiles)
    counted, expected = HubPeople(HUBS, COMMUNES), np.zeros((HUBS, COMMUNES))
    for _ in range(tiles):
        hub = rng.integers(-1, HUBS, PLACES)
        place, commune = (rng.integers(0, many, ROWS).astype(np.int32) for many in (PLACES, COMMUNES))
        shares = PopulationWeights(place, commune, to_fixed_point(rng.random(ROWS)))
        counted.take(hub, shares)
        for row in range(ROWS):
            if hub[place[row]] >= 0:
                expected[hub[place[row]], commune[row]] += shares.people[row]
    counted.write(tmp_path)
    found = read_hub_people(tmp_path)
    assert found is not None
    assert np.array_equal(found.toarray(), expected)
