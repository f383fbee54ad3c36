"""A small country and its compact model, for tests."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from commune_coverage.ensemble.compact import CompactModel, compact_model
from commune_coverage.ensemble.networks import PossibleNetwork, possible_network, with_possible
from commune_coverage.ensemble.placement import possible_positions
from commune_coverage.ensemble.sample import sample_places
from commune_coverage.ensemble.simulation.cases import FLAT
from commune_coverage.ensemble.simulation.invented import InventedCountry, invent
from commune_coverage.readers.towers.link_budgets import load_radios

RADIOS = load_radios(None)


@lru_cache(maxsize=1)
def country() -> InventedCountry:
    return invent(3)


@lru_cache(maxsize=1)
def whole() -> tuple[PossibleNetwork, CompactModel]:
    """All places and all cells."""
    one = country()
    network = possible_network(one.cells, one.urbanisation, RADIOS, 35_000.0, is_register=True)
    return network, compact_model(one.places, network.network, FLAT, one.communes, 10.0)


@lru_cache(maxsize=1)
def sampled() -> tuple[PossibleNetwork, CompactModel, pd.DataFrame]:
    """Six places a commune, two in three sites, and where the others may stand."""
    one = country()
    cells = one.cells[one.cells["site"] % 3 > 0].reset_index(drop=True)
    sample = sample_places(one.places, 6, 1)
    positions = possible_positions(sample, 60, 2_000.0, 1)
    network = possible_network(with_possible(cells, positions), one.urbanisation, RADIOS, 35_000.0, is_register=True)
    return network, compact_model(sample, network.network, FLAT, one.communes, 10.0), positions
