"""300,000 cells read, validated and gathered into sites, against what pandas takes just to read the file."""

from __future__ import annotations

import pandas as pd

from benchmarks.clock import Result, interleave, ratio
from benchmarks.copies import write_towers
from benchmarks.fixture import Fixture
from commune_coverage.core.errors import BenchError
from commune_coverage.readers.towers.cells import read_cells
from commune_coverage.readers.towers.stations.sites import sites_of

GATHERED, PANDAS = "cells read, validated and gathered into sites", "pandas.read_csv"
_ROWS = 300_000
_APART_DEG = 0.001


def reading(fixture: Fixture) -> Result:
    """The country's OpenCelliD file without a header, repeated some metres apart until it has as many rows."""
    given, country = fixture.country.layers.towers, fixture.country
    if given is None or not given.path.name.endswith(".csv.gz"):
        raise BenchError("reading is measured on a packed OpenCelliD file; the country file names none")
    fixture.until("communes")
    area, path = fixture.run.area, fixture.folder / "cells.csv.gz"
    times = -(-_ROWS // len(pd.read_csv(given.path, header=None, on_bad_lines="skip", low_memory=False)))
    write_towers(given.path, path, [(number, number * _APART_DEG, 0.0) for number in range(times)])
    layer = given.model_copy(update={"path": path})

    def gathered() -> pd.Series:
        cells, _ = read_cells(layer, country)
        x_m, y_m = area.to_metric(cells["lon"].to_numpy(), cells["lat"].to_numpy())
        operator = pd.factorize(cells["operator"])[0]
        return pd.Series(sites_of(x_m, y_m, operator, cells["samples"].to_numpy(), layer.site_radius_m))

    def pandas_alone() -> pd.DataFrame:
        return pd.read_csv(layer.path, header=None, on_bad_lines="skip", low_memory=False)

    ways = {GATHERED: gathered, PANDAS: pandas_alone}
    costs = interleave(ways, fixture.rounds)
    facts = {"cells": len(gathered()), "rows": len(pandas_alone())}
    return Result("reading", [ratio(costs, GATHERED, PANDAS, at_most=6.0)], {}, facts)
