"""Cells read, validated and placed, against what pandas takes just to read the file."""

from __future__ import annotations

import pandas as pd

from coverage.bench.bed import Bed
from coverage.bench.clock import Result, interleave, ratio
from coverage.errors import BenchError
from coverage.sources.towers import read_towers

OURS, PANDAS = "cells read, validated and gathered into sites", "pandas.read_csv"


def reading(bed: Bed) -> Result:
    """The towers layer of the country, a delimited file."""
    layer = bed.country.layers.towers
    if layer is None or ".csv" not in layer.path.name:
        raise BenchError("reading is measured on a CSV file of towers; the country file names none")
    bed.until("communes")
    area, path = bed.run.area, layer.path
    cells, logs = read_towers(bed.country, area)
    ways = {
        OURS: lambda: read_towers(bed.country, area),
        PANDAS: lambda: pd.read_csv(path, header=None, on_bad_lines="skip", low_memory=False),
    }
    costs = interleave(ways, bed.rounds)
    facts = {"cells": len(cells), "rows": logs[0].read}
    return Result("reading", [ratio(costs, OURS, PANDAS, at_most=6.0)], {}, facts)
