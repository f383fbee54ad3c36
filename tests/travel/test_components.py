"""Pieces of road, large and small: every shortest link between two of them is among the links."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from commune_coverage.travel.graph import components
from commune_coverage.travel.graph.components import component_labels
from tests.travel.random_roads import roads_of


def _lattice(west_m, south_m, side_m, step_m=2000):
    """Roads along a square and across it."""
    at = np.arange(0, side_m + 1, step_m)
    along = [[(west_m + x, south_m + offset) for x in at] for offset in at]
    return along + [[(west_m + offset, south_m + y) for y in at] for offset in at]


def _islands(rng):
    """Three large squares of roads, one of them close to another, and small pieces in and between them."""
    lines = [*_lattice(0, 0, 60_000), *_lattice(64_000, 5_000, 60_000), *_lattice(10_000, 90_000, 50_000)]
    for x, y in rng.uniform(-20_000, 150_000, (60, 2)).round(-1) + 5.0:
        lines.append([(x, y), (x + 300, y + 200)])
    return roads_of(lines)


def _joined(pairs, count):
    """Numbers that the pairs lead to from 0."""
    reached, new = {0}, {0}
    neighbours = {number: set() for number in range(count)}
    for one, other in pairs:
        neighbours[one].add(other)
        neighbours[other].add(one)
    while new := set().union(*(neighbours[number] for number in new)) - reached:
        reached |= new
    return len(reached)


@pytest.mark.parametrize("large", [100, 10**9])
def test_large_pieces_lose_only_what_no_shortest_link_needs(monkeypatch, large):
    monkeypatch.setattr(components, "LARGE", large)
    roads = _islands(np.random.default_rng(4))
    piece = component_labels(roads.vertices)
    ends = piece[roads.links]
    assert _joined(ends, piece.max() + 1) == piece.max() + 1
    biggest = np.argsort(np.bincount(piece))[::-1][:2]
    assert any(set(both) == set(biggest) for both in ends), "the two squares side by side have no link of their own"


def test_inland_nodes_of_several_large_pieces_take_no_part(monkeypatch):
    roads = _islands(np.random.default_rng(4))
    vertices, piece = roads.vertices, component_labels(roads.vertices)
    everything = np.arange(len(vertices.x_m))
    monkeypatch.setattr(components, "LARGE", 100)
    kept = components._near_others(vertices, piece, everything)
    biggest = np.argsort(np.bincount(piece))[::-1][:3]
    inner = (np.abs(vertices.x_m[kept] - 30_000) < 15_000) & (np.abs(vertices.y_m[kept] - 30_000) < 15_000)
    assert inner.sum() < 0.3 * len(everything) / 9
    assert set(np.flatnonzero(~np.isin(piece, biggest))) <= set(kept)


def test_the_nearest_node_of_a_large_piece_to_any_of_another_is_kept(monkeypatch):
    """Brute force over all nodes of all pieces: what the claim in ``_on_shore`` says."""
    monkeypatch.setattr(components, "LARGE", 100)
    roads = _islands(np.random.default_rng(9))
    vertices, piece = roads.vertices, component_labels(roads.vertices)
    position = np.column_stack([vertices.x_m, vertices.y_m])
    kept = set(components._near_others(vertices, piece, np.arange(len(position))))
    for number in np.argsort(np.bincount(piece))[::-1][:3]:
        own = np.flatnonzero(piece == number)
        away, _ = cKDTree(position[own]).query(position[piece != number])
        every, _ = cKDTree(position[sorted(kept & set(own))]).query(position[piece != number])
        assert np.array_equal(away, every)
