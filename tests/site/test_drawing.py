"""Drawing stages where there is little to draw."""

import numpy as np
import shapely

from commune_coverage.core.files import write_arrays, write_json
from commune_coverage.pipeline.stages.site.boundaries import write_boundaries
from commune_coverage.pipeline.stages.site.overlays import read_overlays
from commune_coverage.pipeline.stages.site.travel_overlays import travel_overlays
from commune_coverage.runs.run import start_run
from commune_coverage.site.geometry.generalise import Level, SimplifiedBoundaries
from tests import tiny


def test_where_hubs_are_and_nobody_lives_pictures_are_empty_and_without_tiles(tmp_path):
    run = start_run(tiny.write_files(tmp_path / "in"), tmp_path / "data", tmp_path / "maps", engine="serial")
    folder, land = run.stages_folder, Level(np.array([shapely.box(104, 11, 105, 12)], dtype=object), 3)
    write_json(folder / "places.json", [])
    write_arrays(folder / "travel_times" / "hubs.npz", np.savez)
    write_boundaries(folder / "boundaries", SimplifiedBoundaries(land, land))
    travel_overlays(run, lambda *_: None)
    keys = [painted.known["key"] for painted in read_overlays(folder)]
    assert keys == ["minutes_dry", "minutes_wet", "isochrones_dry", "isochrones_wet"]
    assert all(painted.known["tiles"] == [] and len(painted.files) == 1 for painted in read_overlays(folder))
