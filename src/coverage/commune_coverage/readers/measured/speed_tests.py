"""Speed tests: Ookla's open tiles and drive tests, as rows with a position, a number of tests and Mbps."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from commune_coverage.config.layers import FileRef, SpeedTestsFile, SpeedTestsLayer
from commune_coverage.core.errors import MissingColumnError, UnreadableFileError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import OUTSIDE, split_by_area
from commune_coverage.readers.columns.converted import UnitHints, convert_units
from commune_coverage.readers.columns.pick import map_columns, pick_columns
from commune_coverage.readers.columns.words import is_yes
from commune_coverage.readers.formats.csv import is_spatial, read_table
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.hemispheres import Bounds
from commune_coverage.readers.parsing.text import LINE, attribute_text, require_unicode
from commune_coverage.readers.parsing.validation import check_rows, mark_of_positions
from commune_coverage.readers.safety.files import require_file
from commune_coverage.readers.towers.technologies import technologies_in
from commune_coverage.schema.inputs import ENVIRONMENTS, SPEED_TESTS, TEST_KINDS

Floats = npt.NDArray[np.float64]

COLUMNS = [
    "lon",
    "lat",
    "x_m",
    "y_m",
    "commune",
    "network",
    "tests",
    "download_mbps",
    "upload_mbps",
    "latency_ms",
    "operator",
    "technology",
    "rsrp_dbm",
    "success",
    "time",
    "device",
    "environment",
    "kind",
    "measures_speed",
]
_NUMBERS = ("latency_ms", "rsrp_dbm")
_MEASURES = {"download_mbps", "download_kbps", "rsrp_dbm", "success"}
_MAX_DIGITS = 23


def read_speed_tests(layer: SpeedTestsLayer, context: ReadContext) -> ReadResult:
    """Read speed tests of all files; tests outside the country are out of area.

    Parameters
    ----------
    layer : SpeedTestsLayer
        Ookla's tiles (Parquet, GeoJSON, CSV) or drive tests.
    context : ReadContext
        Without an area the rows are checked and not placed.

    Returns
    -------
    ReadResult
        Table ``speed_tests``: (tests or tiles,) with ``COLUMNS``; ``lon`` and ``lat`` in degrees (WGS 84), ``x_m`` and
        ``y_m`` in metres of the metric reference system, ``commune`` the position of the commune; ``success`` 1 or 0,
        NaN where it is not stated; ``time`` ISO 8601, ``device``, ``environment`` and ``kind`` '' where they are not;
        ``measures_speed`` whether the file has a column of downlinks.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a file states no position, or neither a downlink speed nor a received power nor success.
    """
    area = context.area
    read = [_read_file(file, None if area is None else area.bounds) for file in (layer, *layer.also)]
    logs = [log for _, log in read]
    if area is None:
        for frame, log in read:
            log.kept = len(frame)
        return ReadResult({"speed_tests": pd.concat([frame for frame, _ in read], ignore_index=True)}, logs)
    placed = [split_by_area(frame, area, 0.0, log) for frame, log in read]
    tests = pd.concat(placed, ignore_index=True)
    tests = tests[tests["commune"] != OUTSIDE]
    x_m, y_m = area.to_metric(tests["lon"].to_numpy(), tests["lat"].to_numpy())
    tests = tests.assign(x_m=x_m, y_m=y_m)[COLUMNS].reset_index(drop=True)
    return ReadResult({"speed_tests": tests}, logs, {"tests": float(tests["tests"].sum())})


def _read_file(file: SpeedTestsFile, bounds: Bounds | None) -> tuple[pd.DataFrame, RowLog]:
    log = RowLog("speed_tests", file.path.name)
    raw = raw_rows(file, log)
    if "quadkey" in raw:
        raw["lon"], raw["lat"] = (axis.astype(object) for axis in middle_of_quadkeys(raw["quadkey"]))
    rows = pick_columns(raw, SPEED_TESTS, file)
    crs = None if "quadkey" in raw or is_spatial(file) else file.crs
    written = mark_of_positions(rows, file.number_format)
    rows = locate_rows(rows, crs, written, log, hints_of(file, bounds))
    rows = convert_units(rows, SPEED_TESTS, UnitHints(file, map_columns(raw, SPEED_TESTS, file), written), log)
    rows = check_rows(rows, SPEED_TESTS, log, written)
    return _complete(_in_mbps(rows, file, log), file, log), log


def raw_rows(file: FileRef, log: RowLog) -> pd.DataFrame:
    """Read the columns of a file of speed tests; Parquet without geometry, as Ookla publishes it, among them.

    Parameters
    ----------
    file : FileRef
        The file and how it is written.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame
        (rows,) text columns and ``line``.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    """
    if file.path.suffix.lower() != ".parquet":
        return read_table(file, log)
    try:
        frame = require_unicode(pd.read_parquet(require_file(file.path)))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UnreadableFileError(f"'{file.path.name}' is not a whole Parquet file; fetch it again") from error
    log.read += len(frame)
    frame = frame.drop(columns=[name for name in ("geometry", "tile") if name in frame])
    return frame.apply(attribute_text).assign(**{LINE: np.arange(1, len(frame) + 1)})


def middle_of_quadkeys(keys: pd.Series) -> tuple[Floats, Floats]:
    """Locate the middle of Web Mercator tiles.

    Parameters
    ----------
    keys : Series
        (n,) quadkeys, text of digits 0 to 3.

    Returns
    -------
    tuple[ndarray of float64, ndarray of float64]
        (n,) longitude and latitude, degrees, WGS 84; NaN where the key is none.
    """
    texts = keys.fillna("").astype(str).to_numpy(dtype=object)
    lengths = np.array([len(text) for text in texts])
    lon, lat = np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    for length in np.unique(lengths[(lengths > 0) & (lengths <= _MAX_DIGITS)]):
        at = np.flatnonzero(lengths == length)
        digits = np.array([list(text) for text in texts[at]], dtype="U1").astype(object)
        good = np.isin(digits, list("0123")).all(axis=1)
        lon[at[good]], lat[at[good]] = _middle(digits[good].astype(np.int64), int(length))
    return lon, lat


def _middle(digits: npt.NDArray[np.int64], length: int) -> tuple[Floats, Floats]:
    weights = 2.0 ** np.arange(length - 1, -1, -1)
    column, row = (digits & 1) @ weights + 0.5, (digits >> 1) @ weights + 0.5
    side = 2.0**length
    return 360 * column / side - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * row / side))))


def _in_mbps(rows: pd.DataFrame, file: SpeedTestsFile, log: RowLog) -> pd.DataFrame:
    """Both speeds in Mbps; a row without downlink, received power and success says nothing."""
    if not _MEASURES & set(rows.columns):
        raise MissingColumnError(f"'{file.path.name}' states neither a downlink speed nor a received power")
    rows = rows.assign(measures_speed=bool({"download_mbps", "download_kbps"} & set(rows.columns)))
    for way in ("download", "upload"):
        mbps = rows.get(f"{way}_mbps", pd.Series(np.nan, index=rows.index))
        kbps = rows.get(f"{way}_kbps", pd.Series(np.nan, index=rows.index))
        rows = rows.assign(**{f"{way}_mbps": mbps.astype(float).fillna(kbps.astype(float) / 1000)})
    rows = _with_success(rows, log)
    power = rows.get("rsrp_dbm", pd.Series(np.nan, index=rows.index))
    empty = (rows["download_mbps"].isna() & power.isna() & rows["success"].isna()).to_numpy()
    log.set_aside(rows[LINE].to_numpy()[empty], Reason.MISSING_VALUE, "neither downlink nor received power")
    return rows[~empty]


def _with_success(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Whether each test could be made, 1 or 0; a word that is neither yes nor no is left blank."""
    words = _words(rows, "success")
    values = words.map(lambda word: is_yes(word) if word else None).astype(np.float64)
    _blank("success", words, (values.isna() & (words != "")).to_numpy(), Reason.OUT_OF_RANGE, rows, log)
    return rows.assign(success=values)


def _complete(rows: pd.DataFrame, file: SpeedTestsFile, log: RowLog) -> pd.DataFrame:
    tests = rows["tests"] if "tests" in rows else pd.Series(1.0, index=rows.index)
    for name in _NUMBERS:
        rows[name] = rows.get(name, pd.Series(np.nan, index=rows.index))
    for name in ("operator", "technology", "device"):
        rows[name] = rows.get(name, pd.Series("", index=rows.index, dtype=object))
    rows = rows.assign(time=_times(rows, log))
    for name, known, usual in (("environment", ENVIRONMENTS, file.environment), ("kind", TEST_KINDS, file.kind)):
        rows = rows.assign(**{name: _one_of(rows, name, known, log).replace("", usual or "")})
    named = {word: technologies_in(str(word)) for word in pd.unique(rows["technology"].fillna(""))}
    known_words = {word: pairs[0][0] for word, pairs in named.items() if len(pairs) == 1}
    technology = [known_words.get(word, "") for word in rows["technology"].fillna("")]
    technologies = pd.Series(technology, rows.index, dtype=object)
    return rows.assign(tests=tests.fillna(1.0), technology=technologies, network=file.network)


def _one_of(rows: pd.DataFrame, name: str, known: tuple[str, ...], log: RowLog) -> pd.Series:
    """Words of a column as they are declared; one that is not is left blank."""
    words = _words(rows, name)
    plain = words.str.strip().str.lower().str.replace(r"[\s-]+", "_", regex=True)
    unknown = (~plain.isin(["", *known])).to_numpy()
    return _blank(name, plain, unknown, Reason.OUT_OF_RANGE, rows, log)


def _times(rows: pd.DataFrame, log: RowLog) -> pd.Series:
    """Times as ISO 8601; one that is none is left blank."""
    words = _words(rows, "time")
    return _blank("time", words, ~words.map(_is_time).to_numpy(dtype=bool), Reason.NOT_A_DATE, rows, log)


def _words(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows.get(name, pd.Series("", index=rows.index)).fillna("").astype(str).str.strip()


def _blank(
    name: str, words: pd.Series, unknown: npt.NDArray[np.bool_], reason: Reason, rows: pd.DataFrame, log: RowLog
) -> pd.Series:
    """Leave cells blank of which nothing can be made, and count them."""
    if unknown.any():
        log.blank(name, reason, rows[LINE].to_numpy()[unknown], words[unknown].tolist())
    return words.mask(unknown, "").astype(object)


def _is_time(text: str) -> bool:
    """Whether a text is empty, or a day or a time in ISO 8601."""
    try:
        return not text or bool(datetime.fromisoformat(text))
    except ValueError:
        return False
