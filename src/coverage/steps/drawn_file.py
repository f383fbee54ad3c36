"""What is drawn, kept in files: the shapes of both levels, how far each is rounded, and pictures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from coverage.maps.pictures import Painted
from coverage.maps.shapes import Drawn, Level
from coverage.store import read_json, read_table, write_json, write_table


def write_drawn(folder: Path, drawn: Drawn) -> None:
    write_table(
        folder / "levels.parquet",
        pd.DataFrame({name: shapely.to_wkb(level.shapes) for name, level in drawn._asdict().items()}),
    )
    write_json(folder / "decimals.json", {name: level.decimals for name, level in drawn._asdict().items()})


def read_drawn(folder: Path) -> Drawn:
    levels, decimals = read_table(folder / "levels.parquet"), read_json(folder / "decimals.json")
    return Drawn(*(
        Level(np.asarray(shapely.from_wkb(levels[name].to_numpy()), dtype=object), int(decimals[name]))
        for name in Drawn._fields
    ))  # fmt: skip


def write_pictures(target: Path, pictures: list[Painted]) -> None:
    write_json(target, [asdict(each) for each in pictures])


def pictures_in(folder: Path) -> list[Painted]:
    """Those that the stages have left in their folder."""
    found = (folder / f"{name}.json" for name in ("signal_picture", "minutes_pictures"))
    return [Painted(**each) for source in found if source.is_file() for each in read_json(source)]
