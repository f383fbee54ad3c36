"""The boundaries stage: communes simplified for the pages, made once while they stay the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.files import read_json, read_shapes, read_table, write_json, write_table
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.runs.run import Run
from commune_coverage.site.geometry.generalise import Level, SimplifiedBoundaries, boundaries_of

Progress = Callable[[int, int], None]


def boundaries(run: Run, _: Progress) -> StageResult:
    """Write ``boundaries``: those of all communes at both levels, and to how many decimals each is rounded."""
    write_boundaries(
        run.stages_folder / "boundaries", boundaries_of(read_shapes(run.stages_folder / "communes.parquet"))
    )
    return StageResult()


def write_boundaries(folder: Path, drawn: SimplifiedBoundaries) -> None:
    """Write the boundaries at both levels, and to how many decimals each is rounded."""
    write_table(
        folder / "levels.parquet",
        pd.DataFrame({name: shapely.to_wkb(level.shapes) for name, level in drawn._asdict().items()}),
    )
    write_json(folder / "decimals.json", {name: level.decimals for name, level in drawn._asdict().items()})


def read_boundaries(folder: Path) -> SimplifiedBoundaries:
    """The boundaries that the stage has left in their folder."""
    levels, decimals = read_table(folder / "levels.parquet"), read_json(folder / "decimals.json")
    return SimplifiedBoundaries(
        *(
            Level(np.asarray(shapely.from_wkb(levels[name].to_numpy()), dtype=object), int(decimals[name]))
            for name in SimplifiedBoundaries._fields
        )
    )
