"""Pattern files of antennas: MSI Planet (.msi, .pln) and tables of angle and attenuation (.csv).

A register names them; only files that the country file lists are ever opened, whatever a cell says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.radio.antenna.patterns import AntennaPattern, measured_pattern
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.encoding import decode, one_line_end
from commune_coverage.readers.parsing.units import DIPOLE_DB
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.readers.safety.files import read_bytes
from commune_coverage.schema.inputs import PATTERN_POINTS

Floats = npt.NDArray[np.float64]

_TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
MAX_PATTERN_BYTES = 1 << 20
_MIN_ANGLES, _MAX_ANGLES = 2, 3600
_MAX_ATTENUATION_DB = 200.0
_MAX_GAIN_DBI = 60.0
_MAX_TILT_DEG = 45.0
_CUTS = ("HORIZONTAL", "VERTICAL")
_GAIN = re.compile(r"^([-+]?\d+(?:[.,]\d+)?)\s*(dBi|dBd)?$", re.IGNORECASE)


@dataclass(frozen=True)
class PatternFile:
    """What a pattern file holds.

    Attributes
    ----------
    pattern : AntennaPattern
        Both cuts.
    gain_dbi : float, dBi
        Gain of the antenna, NaN where the file does not say.
    """

    pattern: AntennaPattern
    gain_dbi: float


@dataclass
class _Content:
    """Keys of an MSI file with their lines, and angles and attenuations of its cuts."""

    keys: dict[str, tuple[int, str]] = field(default_factory=dict)
    cuts: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def read_patterns(files: Sequence[FileRef]) -> dict[str, PatternFile]:
    """Read the pattern files of the towers layer.

    Parameters
    ----------
    files : sequence of FileRef
        The files that the country file lists.

    Returns
    -------
    dict of str to PatternFile
        By file name.

    Raises
    ------
    MissingFileError
        When one is not there.
    UnreadableFileError
        When one is no antenna pattern; the message names its line.
    MissingColumnError
        When a table lacks angles or attenuations.
    """
    return {file.path.name: read_pattern(file) for file in files}


def read_pattern(file: FileRef) -> PatternFile:
    """Read one pattern file.

    Parameters
    ----------
    file : FileRef
        An MSI Planet file, or a table with the ending .csv, .tsv or .txt.

    Returns
    -------
    PatternFile
        Cuts and gain.

    Raises
    ------
    MissingFileError
        When it is not there.
    UnreadableFileError
        When it is no antenna pattern; the message names its line.
    MissingColumnError
        When a table lacks angles or attenuations.
    """
    data = read_bytes(file.path)
    if len(data) > MAX_PATTERN_BYTES:
        raise UnreadableFileError(f"'{file.path.name}' is too large for an antenna pattern ({len(data):,} bytes)")
    if file.path.suffix.lower() in _TABLE_SUFFIXES:
        return _read_cut_table(file)
    text, _ = decode(data, file.encoding, file.path.name)
    return parse_msi(one_line_end(text), file.path.name)


def parse_msi(text: str, name: str) -> PatternFile:
    """Parse a pattern in the format of MSI Planet.

    Parameters
    ----------
    text : str
        Lines ended by LF: keys with their values, then ``HORIZONTAL n`` and n lines of an angle and its attenuation,
        ``VERTICAL n`` likewise.
    name : str
        The file's name, for messages.

    Returns
    -------
    PatternFile
        Cuts and gain.

    Raises
    ------
    UnreadableFileError
        When it is no such pattern; the message names its line.

    Notes
    -----
    Attenuations are positive decibels below the maximum, azimuths clockwise, elevations downwards from the horizon. A
    gain without unit is in dBd. A number under ELECTRICAL_TILT, or else under TILT, is the electrical tilt of the cut.
    """
    content = _content_of(text.split("\n"), name)
    if "HORIZONTAL" not in content.cuts:
        raise UnreadableFileError(
            f"'{name}' is no antenna pattern: it has no line 'HORIZONTAL' with a number of angles"
        )
    across, down = (np.array(content.cuts.get(cut, []), dtype=np.float64).reshape(-1, 2) for cut in _CUTS)
    pattern = measured_pattern(across[:, 0], across[:, 1], down[:, 0], down[:, 1], _tilt_deg(content, name))
    return PatternFile(pattern, _gain_dbi(content, name))


def _content_of(lines: list[str], name: str) -> _Content:
    """Part the lines of an MSI file into keys and cuts."""
    content, numbered = _Content(), [(number, line.split()) for number, line in enumerate(lines, 1) if line.strip()]
    row = 0
    while row < len(numbered):
        number, words = numbered[row]
        key = words[0].upper()
        row += 1
        if key in _CUTS:
            if key in content.cuts:
                raise _at(name, number, f"a second {key} cut")
            count = _count_of(words, number, name)
            content.cuts[key] = _cut_of(numbered[row : row + count], count, number, name)
            row += count
        elif not re.match(r"^[A-Z]", key) and content.cuts:
            raise _at(name, number, f"'{printable(' '.join(words), 40)}' belongs to no cut: more angles than stated?")
        else:
            content.keys.setdefault(key, (number, " ".join(words[1:])))
    return content


def _count_of(words: list[str], number: int, name: str) -> int:
    stated = words[1] if len(words) > 1 else ""
    if not (stated.isascii() and stated.isdigit() and _MIN_ANGLES <= int(stated[:9]) <= _MAX_ANGLES):
        raise _at(name, number, f"{words[0]} must state a number of angles from {_MIN_ANGLES} to {_MAX_ANGLES}")
    return int(stated)


def _cut_of(numbered: list[tuple[int, list[str]]], count: int, first: int, name: str) -> list[tuple[float, float]]:
    """Angles and attenuations of a cut, angles rising from 0."""
    if len(numbered) < count:
        raise _at(name, first, f"{count} angles are stated and {len(numbered)} lines follow")
    cut: list[tuple[float, float]] = []
    for number, words in numbered:
        if len(words) != 2:
            raise _at(name, number, f"'{printable(' '.join(words), 40)}' is no angle with its attenuation")
        angle, attenuation = (_number(word, number, name) for word in words)
        if not (cut[-1][0] if cut else -1.0) < angle < 360.0:
            raise _at(name, number, f"the angle {angle:g} is not above the one before and below 360")
        if not 0 <= attenuation <= _MAX_ATTENUATION_DB:
            raise _at(
                name,
                number,
                f"the attenuation {attenuation:g} is not from 0 to {_MAX_ATTENUATION_DB:g} dB, without sign",
            )
        cut.append((angle, attenuation))
    return cut


def _number(word: str, number: int, name: str) -> float:
    if not re.match(r"^[-+]?\d{1,6}(?:[.,]\d{1,12})?$", word, re.ASCII):
        raise _at(name, number, f"'{printable(word, 40)}' is no number")
    return float(word.replace(",", "."))


def _gain_dbi(content: _Content, name: str) -> float:
    number, text = content.keys.get("GAIN", (0, ""))
    if not text:
        return float("nan")
    match = _GAIN.match(text)
    if match is None:
        raise _at(name, number, f"GAIN '{printable(text, 40)}' is no number of dBd or dBi")
    gain_dbi = float(match[1].replace(",", ".")) + (0.0 if (match[2] or "").lower() == "dbi" else DIPOLE_DB)
    if abs(gain_dbi) > _MAX_GAIN_DBI:
        raise _at(name, number, f"no antenna has a gain of {gain_dbi:g} dBi")
    return gain_dbi


def _tilt_deg(content: _Content, name: str) -> float:
    """Electrical tilt of the cut: 0 where neither key holds a number."""
    for key in ("ELECTRICAL_TILT", "TILT"):
        number, text = content.keys.get(key, (0, ""))
        if re.match(r"^[-+]?\d", text):
            tilt = _number(text.split()[0], number, name)
            if abs(tilt) > _MAX_TILT_DEG:
                raise _at(name, number, f"no antenna is tilted by {tilt:g} degrees")
            return tilt
    return 0.0


def _at(name: str, number: int, sentence: str) -> UnreadableFileError:
    return UnreadableFileError(f"'{name}', line {number}: {sentence}")


def _read_cut_table(file: FileRef) -> PatternFile:
    """Pattern of a table with an angle and its attenuation in each row, and the cut where it holds both."""
    name, log = file.path.name, RowLog("towers", file.path.name)
    points = check_rows(pick_columns(read_table(file, log), PATTERN_POINTS, file), PATTERN_POINTS, log)
    if log.rows:
        raise _at(name, int(str(log.rows[0]["line"])), f"{log.rows[0]['reason']} ({log.rows[0]['detail']})")
    cuts = points["cut"].str.lower() if "cut" in points else pd.Series("horizontal", index=points.index)
    unknown = ~cuts.isin(["horizontal", "vertical"])
    if unknown.any():
        first = points[unknown].iloc[0]
        raise _at(name, int(first["line"]), f"the cut '{printable(first['cut'], 40)}' is not horizontal or vertical")
    across, down = (_table_cut(points[cuts == cut], cut, name) for cut in ("horizontal", "vertical"))
    if len(across[0]) < _MIN_ANGLES:
        raise UnreadableFileError(f"'{name}' is no antenna pattern: it has fewer than two angles of the horizontal cut")
    return PatternFile(measured_pattern(*across, *down), float("nan"))


def _table_cut(points: pd.DataFrame, cut: str, name: str) -> tuple[Floats, Floats]:
    """Angles from 0 to 360, rising, and their attenuations."""
    angle = np.mod(points["angle_deg"].to_numpy(np.float64), 360.0)
    order = np.argsort(angle, kind="stable")
    again = np.flatnonzero(np.diff(angle[order]) == 0)
    if len(again):
        line = int(points["line"].to_numpy()[order[again[0] + 1]])
        raise _at(name, line, f"the angle {angle[order[again[0]]]:g} stands twice in the {cut} cut")
    return angle[order], points["attenuation_db"].to_numpy(np.float64)[order]
