"""Minutes along an edge between two junctions, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from commune_coverage.travel.graph.topology import TimedEdges, interpolate_along_edges


@pytest.mark.parametrize(
    ("forward", "backward", "expected", "reached_from"),
    [
        (True, True, [10, 12, 15, 16, 14], [0, 0, 0, 1, 1]),
        (True, False, [10, 12, 15, 21, 14], [0, 0, 0, 0, 1]),
        (False, True, [10, 25, 22, 16, 14], [0, 1, 1, 1, 1]),
        (False, False, [10, np.inf, np.inf, np.inf, 14], [0, 0, 0, 0, 1]),
    ],
)
def test_a_node_takes_the_minutes_of_the_nearer_end_that_leads_to_it(forward, backward, expected, reached_from) -> None:
    """Junctions at 10 and 14 minutes; steps of 2, 3, 6 and 2 minutes between."""
    edges = TimedEdges(
        row=np.array([0, 0, 0, 0, 1], dtype=np.int32),
        node=np.arange(5, dtype=np.int32),
        first=np.array([0]),
        last=np.array([4]),
        start=np.array([0]),
        end=np.array([1]),
        along_min=np.array([0.0, 2, 5, 11, 13]),
        leads_forward=np.array([forward]),
        leads_backward=np.array([backward]),
    )
    minutes, nearer = interpolate_along_edges(np.array([10.0, 14.0]), edges)
    assert minutes[[1, 2, 3]].tolist() == expected[1:4]
    assert nearer[[1, 2, 3]].tolist() == reached_from[1:4]
