"""Random roads to try the network on: straight lines between points, some one-way, some in pieces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from commune_coverage.config.travel import Travel
from commune_coverage.travel.graph.components import component_connectors
from commune_coverage.travel.graph.edge_times import Roads
from commune_coverage.travel.graph.speeds import line_speeds
from commune_coverage.travel.graph.vertices import make_vertices
from commune_coverage.travel.off_road import Ground, dry_level_ground

TRAVEL = Travel()
CLASSES = ["primary", "secondary", "tertiary", "unclassified", "track"]


def roads_of(lines, settings=TRAVEL, ground: Ground | None = None, **columns) -> Roads:
    """Roads of metric lines; ``columns`` replace the usual class, surface and so on, one value or one a line."""
    shapes = np.array([shapely.LineString(line) for line in lines])
    usual = {"class": "primary", "surface": "asphalt", "max_speed_kmh": np.nan, "oneway": ""} | columns
    table = pd.DataFrame(usual, index=range(len(shapes)))
    speeds = line_speeds(table, settings)
    vertices = make_vertices([shapes[:1], shapes[1:]], speeds.is_ferry)
    ground = ground or dry_level_ground()
    links, walks = component_connectors(vertices, speeds, ground)
    return Roads(vertices, speeds, ground.flooded_at(vertices.x_m, vertices.y_m), links, walks)


def random_lines(rng: np.random.Generator, points: int = 40, lines: int = 70, side_m: float = 20_000.0):
    """Lines of two to four of the same points, so that they meet; and their table."""
    spots = rng.uniform(0, side_m, (points, 2)).round()
    chosen = [spots[rng.choice(points, rng.integers(2, 5), replace=False)] for _ in range(lines)]
    table = {
        "class": rng.choice(CLASSES, lines),
        "surface": rng.choice(["asphalt", "gravel", "ground", ""], lines),
        "oneway": rng.choice(["", "no", "yes", "-1"], lines),
        "max_speed_kmh": rng.choice([np.nan, 40.0], lines),
    }
    return chosen, table
