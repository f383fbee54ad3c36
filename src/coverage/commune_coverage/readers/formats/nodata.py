"""Values that stand for none though the file does not declare them: told by evidence, or asked where that is not clear.

Numbers such as 65535, -99999 or the largest that a type can hold are looked for. What no cell of the layer can hold is
none. A number that a cell could hold is none where it fills a twentieth of the cells, or a quarter of those along the
raster's edge, and all other cells hold less than half of it; anything between is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from commune_coverage.config.layers import FileRef, RasterFile
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.core.resources import lru_cached
from commune_coverage.readers.formats.band import Band, Bounds, Floats, Limits
from commune_coverage.readers.formats.raster import band_of, crs_of, open_raster, windows

Ref = TypeVar("Ref", bound=FileRef)

FILLING_SHARE = 0.05
FILLING_EDGE_SHARE = 0.25
IMPOSSIBLE = 1e9
"""No cell of any layer holds so much."""
_WIDTHS = (8, 16, 32, 64)
_EXTREMES = tuple(float(np.iinfo(f"{kind}{bits}").max) for bits in _WIDTHS for kind in ("int", "uint"))
_FLOATS = (9.969209968386869e36, 1e20, 1e30, 1e38, float(np.finfo("f4").max), float(np.finfo("f8").max))
_NINES = (9999.0, 99_999.0, 999_999.0)
_SMALL = 255.0
NEGATIVE_STAND_INS = (-999.0, -9999.0, -32_767.0, -32_768.0, -99_999.0, -999_999.0)


@dataclass
class Evidence:
    """What the cells of a band hold, in stored numbers.

    ``counts`` has of each number that may stand for none how many cells hold it, in all and along the raster's edge;
    ``least`` and ``greatest`` are of the others, ``odd`` up to two different ones that no cell of the layer can hold.
    """

    cells: int = 0
    edge: int = 0
    counts: dict[float, tuple[int, int]] = field(default_factory=dict)
    least: float = math.inf
    greatest: float = -math.inf
    odd: dict[float, int] = field(default_factory=dict)
    odd_range: tuple[float, float] = (math.inf, -math.inf)


def stand_ins(dtype: np.dtype[Any]) -> Floats:
    """List the numbers of a type that are used where there is no value.

    Parameters
    ----------
    dtype : dtype
        Type of the stored numbers.

    Returns
    -------
    ndarray of float64
        The numbers, as cells of the type have them.
    """
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        wide = [each for each in _EXTREMES if each > _SMALL]
        usual = np.array([*wide, *_NINES, *NEGATIVE_STAND_INS, *(-each for each in wide), float(limits.max)])
        usual = np.append(usual, float(limits.min)) if limits.min < 0 else usual
        return np.unique(usual[(usual >= limits.min) & (usual <= limits.max)])
    wide = [each for each in (*_EXTREMES, *_FLOATS) if each > _SMALL]
    usual = np.array([*wide, *_NINES, *NEGATIVE_STAND_INS, *(-each for each in wide)])
    with np.errstate(over="ignore"):
        rounded = usual.astype(dtype).astype(np.float64)
    return np.unique(rounded[np.isfinite(rounded)])


def without_stand_ins(ref: Ref, limits: Limits, log: RowLog, wanted_above: float | None = None) -> Ref:
    """Look for values that stand for none in a raster and its further tiles.

    Parameters
    ----------
    ref : FileRef
        The file; where the country file states its ``nodata`` nothing is looked for.
    limits : Limits
        What a cell can hold.
    log : RowLog
        Takes a note of each value that was found; changed in place.
    wanted_above : float or None
        For a raster that says where something is: cells above it say so, and a number that alone does is no stand-in.

    Returns
    -------
    FileRef
        The same with ``nodata`` filled in.

    Raises
    ------
    UnreadableFileError
        When a number may stand for none or not, or the cells are not in the layer's unit.
    MissingCrsError
        When a file does not state its reference system.
    """
    tiles = getattr(ref, "also", [])
    alone = ref.model_copy(update={"also": []}) if tiles else ref
    found = _found(alone, limits, log, wanted_above)
    others = [without_stand_ins(each, limits, log, wanted_above) for each in tiles]
    changes: dict[str, object] = {"also": others} if tiles else {}
    return ref.model_copy(update=changes | ({"nodata": found} if found else {}))


def _found(ref: FileRef, limits: Limits, log: RowLog, wanted_above: float | None) -> list[float]:
    if getattr(ref, "nodata", None) is not None:
        with open_raster(ref) as source:
            band_of(source, ref)
        return []
    stamp = ref.path.stat() if ref.path.is_file() else None
    key = (stamp.st_mtime_ns, stamp.st_size) if stamp else (0, 0)
    evidence, band = _evidence_of(_Asked(ref.path, ref.crs, getattr(ref, "band", None)), limits, key)
    name = ref.path.name
    return _Judge(name, evidence, band, limits, log).judge(wanted_above)


@dataclass(frozen=True)
class _Asked:
    """What of a file's section says which numbers are read."""

    path: Path
    crs: str | None
    band: int | None


@dataclass(frozen=True)
class _Stored:
    """How the numbers of a band are stored."""

    dtype: np.dtype[Any]
    scale: float
    offset: float

    def value(self, number: float) -> float:
        """In the layer's unit."""
        return number * self.scale + self.offset


@lru_cached
def _evidence_of(asked: _Asked, limits: Limits, _version: tuple[int, int]) -> tuple[Evidence, _Stored]:
    ref = RasterFile(path=asked.path, crs=asked.crs, band=asked.band)
    with open_raster(ref) as source:
        crs_of(source, ref)
        band = band_of(source, ref)
        evidence, usual = Evidence(), stand_ins(band.dtype)
        for bounds in windows(source):
            _weigh(evidence, band, bounds, usual, limits)
        return evidence, _Stored(band.dtype, band.scale, band.offset)


def _weigh(evidence: Evidence, band: Band, bounds: Bounds, usual: Floats, limits: Limits) -> None:
    """Add a window to the evidence."""
    numbers = band.stored(bounds)
    known = np.isfinite(numbers)
    on_edge = _edge(bounds, (band.source.height, band.source.width)) & known
    evidence.cells += int(known.sum())
    evidence.edge += int(on_edge.sum())
    if not known.any():
        return
    others = known
    for number in usual[(usual >= np.nanmin(numbers)) & (usual <= np.nanmax(numbers))].tolist():
        here = numbers == number
        if here.any():
            cells, edge = evidence.counts.get(number, (0, 0))
            evidence.counts[number] = (cells + int(here.sum()), edge + int((here & on_edge).sum()))
            others = others & ~here
    rest = numbers[others]
    odd = limits.forbid(band.scaled(rest))
    if not limits.by_row:
        _note_odd(evidence, rest[odd])
    rest = rest[~odd]
    if len(rest):
        evidence.least = min(evidence.least, float(rest.min()))
        evidence.greatest = max(evidence.greatest, float(rest.max()))


def _note_odd(evidence: Evidence, odd: Floats) -> None:
    if not len(odd):
        return
    low, high = evidence.odd_range
    evidence.odd_range = (min(low, float(odd.min())), max(high, float(odd.max())))
    for number in (float(odd.min()), float(odd.max())):
        if number in evidence.odd or len(evidence.odd) < 2:
            evidence.odd[number] = evidence.odd.get(number, 0)
    for number in evidence.odd:
        evidence.odd[number] += int((odd == number).sum())


def _edge(bounds: Bounds, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Cells of a window along the edge of the raster."""
    row, column, height, width = bounds
    rows, columns = row + np.arange(height), column + np.arange(width)
    return np.asarray(
        ((rows == 0) | (rows == shape[0] - 1))[:, None] | ((columns == 0) | (columns == shape[1] - 1))[None, :]
    )


@dataclass
class _Judge:
    """Decides which numbers of a file stand for none, and tells of them."""

    name: str
    evidence: Evidence
    stored: _Stored
    limits: Limits
    log: RowLog

    def judge(self, wanted_above: float | None) -> list[float]:
        """The numbers that stand for none."""
        none = []
        for number, (cells, edge) in sorted(self.evidence.counts.items()):
            value = self.stored.value(number)
            if number in self.limits.none or abs(value) > IMPOSSIBLE or self._is_forbidden(value):
                none.append(self._told(number, cells))
            elif wanted_above is not None:
                none += self._where_something_is(number, cells, wanted_above)
            elif value > 0 and self._may_stand_for_none(number, cells, edge):
                none.append(self._told(number, cells))
        return none + self._odd()

    def _is_forbidden(self, value: float) -> bool:
        return bool(self.limits.forbid(np.array([value]))[0])

    def _told(self, number: float, cells: int) -> float:
        self.log.note(f"{cells:,} cells hold {number:.10g}, which the file does not declare: taken as no data")
        return number

    def _is_apart(self, number: float) -> bool:
        """Whether all other cells hold less than half of it, and some hold something."""
        return 0 < self.evidence.greatest < number / 2

    def _may_stand_for_none(self, number: float, cells: int, edge: int) -> bool:
        fills = cells >= FILLING_SHARE * self.evidence.cells or edge > FILLING_EDGE_SHARE * self.evidence.edge
        is_apart = self._is_apart(number)
        if fills and is_apart:
            return True
        is_last = self.stored.dtype.kind in "iu" and number == np.iinfo(self.stored.dtype).max
        if (is_last and (cells > 1 or is_apart)) or (cells > 1 and (fills or is_apart)):
            raise UnreadableFileError(
                f"{cells:,} cells of '{self.name}' hold {number:.10g}, which may stand for no data; set"
                f' nodata = {number:.10g}, or nodata = "none" where it is a value'
            )
        return False

    def _where_something_is(self, number: float, cells: int, above: float) -> list[float]:
        """For water: a number apart from all others is none, unless it alone says where water is."""
        if self.stored.value(number) <= above or not self._is_apart(number):
            return []
        if self.stored.value(self.evidence.greatest) > above:
            return [self._told(number, cells)]
        self.log.note(f"{cells:,} cells hold {number:.10g}: taken as covered; set nodata = {number:.10g} if it is none")
        return []

    def _odd(self) -> list[float]:
        """What no cell can hold: one number stands for none, several are another unit."""
        if len(self.evidence.odd) > 1:
            low, high = (self.stored.value(number) for number in self.evidence.odd_range)
            raise UnreadableFileError(
                f"'{self.name}' holds {low:,.6g} to {high:,.6g}, which are no {self.limits.what}; write the scale of"
                " its numbers into it (gdal_edit -scale), or set nodata to those that stand for none"
            )
        return [self._told(number, cells) for number, cells in self.evidence.odd.items()]
