"""A process that reads uploads as runs do, one after the other, and writes what came of each: python -m, on stdin."""

from __future__ import annotations

import json
import resource
import signal
import sys
import warnings
from pathlib import Path

from commune_coverage.core.gdal_environment import restrict_gdal

restrict_gdal()

import numpy as np  # noqa: E402 - GDAL reads what it may do when it is loaded

from commune_coverage.config.layers import FileRef, PeopleLayer  # noqa: E402
from commune_coverage.core.errors import CoverageError  # noqa: E402
from commune_coverage.core.quarantine import RowLog  # noqa: E402
from commune_coverage.readers.detection.file import recognise  # noqa: E402
from commune_coverage.readers.detection.other_files import likely_layer, other_file  # noqa: E402
from commune_coverage.readers.formats.csv import read_table  # noqa: E402
from commune_coverage.readers.formats.raster import (  # noqa: E402
    RASTER_SUFFIXES,
    band_of,
    check_raster,
    open_raster,
    windows,
)
from commune_coverage.readers.formats.vector import VECTOR_SUFFIXES, layer_names, shape_kind  # noqa: E402
from commune_coverage.readers.formats.vector_batches import vector_batches  # noqa: E402
from commune_coverage.readers.safety.files import sha256  # noqa: E402
from commune_coverage.schema.inputs import POINTS  # noqa: E402

SECONDS_EACH, MEMORY_BYTES = 60, 8 << 30


def _cells(path: Path) -> str:
    ref = PeopleLayer(path=path, crs="EPSG:4326")
    with open_raster(ref) as source:
        band = band_of(source, ref)
        values = [np.unique(band.values(window)).tolist() for window in windows(source)]
        coarse = source.read(1, out_shape=(2, 2), masked=True).tolist()
    check_raster(ref, RowLog("t", path.name))
    return f"{values} {coarse}"


def _batches(path: Path) -> str:
    ref = FileRef(path=path, crs="EPSG:4326")
    names = layer_names(ref)
    refs = [ref.model_copy(update={"layer": name}) for name in names] if len(names) > 1 else [ref]
    read = [frame.to_json() for each in refs for frame in vector_batches(each, RowLog("t", path.name))]
    return f"{names} {shape_kind(ref)} {read}"


def _table(path: Path) -> str:
    return read_table(FileRef(path=path, crs="EPSG:4326"), RowLog("t", path.name)).to_csv()


def _recognised(path: Path) -> str:
    if path.suffix.lower() in RASTER_SUFFIXES:
        return f"{likely_layer(path)} {other_file(path, 'people', None)}"
    return " ".join(recognise(FileRef(path=path), POINTS).sentences())


def outcomes(path: Path) -> dict[str, str]:
    """What each way of reading gives or says; an error that is none of ours goes on."""
    is_raster = path.suffix.lower() in RASTER_SUFFIXES
    ways = [_cells] if is_raster else [_table, *([_batches] if path.suffix.lower() in VECTOR_SUFFIXES else [])]
    found = {"digest": sha256(path)}
    for way in (*ways, _recognised):
        try:
            found[way.__name__] = way(path)
        except CoverageError as error:
            if not str(error).isprintable():
                raise ValueError(str(error)) from error
            found[way.__name__] = f"refused: {error}"
    return found


def _tell(what: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read each path of the standard input; none may take longer, or more memory, than a run would bear."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for line in sys.stdin:
        path = Path(line.strip())
        _tell({"begun": str(path)})
        signal.alarm(SECONDS_EACH)
        _tell({"read": str(path)} | outcomes(path))
        signal.alarm(0)


if __name__ == "__main__":
    main()
