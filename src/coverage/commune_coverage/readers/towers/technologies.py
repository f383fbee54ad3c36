"""Radio technologies as files write them: one word, or several in a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import TowersFile
from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.readers.parsing.bands import band_mhz, downlinks, nominal_mhz, technology_in, tidy_band
from commune_coverage.readers.parsing.numbers import is_missing, latin_digits, spread
from commune_coverage.readers.parsing.text import LINE

TECHNOLOGY_WORDS = {
    "gsm": "2g",
    "2g": "2g",
    "gprs": "2g",
    "edge": "2g",
    "geran": "2g",
    "2.5g": "2g",
    "2.75g": "2g",
    "dcs": "2g",
    "dcs1800": "2g",
    "cdma": "2g",
    "cdma2000": "2g",
    "umts": "3g",
    "3g": "3g",
    "wcdma": "3g",
    "w-cdma": "3g",
    "hspa": "3g",
    "hspa+": "3g",
    "hsdpa": "3g",
    "hsupa": "3g",
    "dc-hspa": "3g",
    "dc-hspa+": "3g",
    "utra": "3g",
    "utran": "3g",
    "td-scdma": "3g",
    "evdo": "3g",
    "ev-do": "3g",
    "3.5g": "3g",
    "3g+": "3g",
    "lte": "4g",
    "4g": "4g",
    "lte-a": "4g",
    "4g+": "4g",
    "lte+": "4g",
    "lte-advanced": "4g",
    "lte-a pro": "4g",
    "4g lte": "4g",
    "4g/lte": "4g",
    "lte-tdd": "4g",
    "td-lte": "4g",
    "tdd-lte": "4g",
    "lte-fdd": "4g",
    "fdd-lte": "4g",
    "fd-lte": "4g",
    "e-utra": "4g",
    "e-utran": "4g",
    "4.5g": "4g",
    "nr": "5g",
    "5g": "5g",
    "5g nr": "5g",
    "5g-nr": "5g",
    "5g+": "5g",
    "nr-sa": "5g",
    "nr-nsa": "5g",
    "5g sa": "5g",
    "5g nsa": "5g",
    "5g/nr": "5g",
}
NO_INTERNET_WORDS = ("nb-iot", "nbiot", "lte-m", "lte-m1", "cat-m1", "emtc", "gsm-r", "ec-gsm-iot", "tetra")
"""Words of technologies that carry no mobile internet for people: such rows are set aside unless the file maps them."""
_BETWEEN = re.compile(r"\s*(?:[/,;&|\n]|\+(?=\s*\w)|\s(?:and|et|y|e|und|i|и|dan|và|con)\s)\s*", re.IGNORECASE)
_BAND_BETWEEN = re.compile(r"\s*[/;&|+\n]\s*|,\s+")
_NOMINAL = re.compile(r"^\d{3,4}$")
_BAND_COLUMN = "band_mhz"

Flags = npt.NDArray[np.bool_]


def _bare(word: str) -> str:
    return re.sub(r"[\s_-]+", "", latin_digits(word).lower())


_BARE_WORDS = {_bare(word): technology for word, technology in TECHNOLOGY_WORDS.items()}
_BARE_NO_INTERNET = {_bare(word) for word in NO_INTERNET_WORDS}


def is_technology(text: str) -> bool:
    """Tell whether a text is a technology's word, be it one without internet for people.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    bool
        Whether it is.
    """
    return _bare(text) in _BARE_WORDS or _bare(text) in _BARE_NO_INTERNET


def technologies_in(text: str, stated: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Read the technologies of a cell, each with the band that its word names.

    Parameters
    ----------
    text : str
        Such as '3G/4G/5G', 'GSM, UMTS; LTE', '2G+3G+4G', 'LTE 1800'.
    stated : mapping of str to str or None
        The file's own words.

    Returns
    -------
    list of tuple of str
        Technology and band ('' for none), each pair once in their order; unknown words give none.
    """
    own = {" ".join(word.lower().split()): technology for word, technology in (stated or {}).items()}
    whole = _technology(text, own)
    parts = [text] if whole[0] else _BETWEEN.split(text.strip())
    found = [_technology(part, own) for part in parts]
    if not any(name for name, _ in found) and len(text.split()) > 1:
        spaced = [_technology(part, own) for part in text.split()]
        found = spaced if all(name for name, _ in spaced) else found
    return list(dict.fromkeys(pair for pair in found if pair[0]))


def _technology(word: str, own: Mapping[str, str]) -> tuple[str, str]:
    plain = " ".join(word.lower().split())
    name = own.get(plain) or _BARE_WORDS.get(_bare(word))
    if name:
        return name, ""
    system = technology_in(word)
    name = own.get(system) or _BARE_WORDS.get(_bare(system))
    return (name, plain) if system and name else ("", "")


def one_row_each(cells: pd.DataFrame, file: TowersFile, log: RowLog) -> pd.DataFrame:
    """Make one row of each technology, and of each band of one technology, that a row names.

    Rows of which no word is known are quarantined; further rows of one row of the file keep its line.

    Parameters
    ----------
    cells : DataFrame
        ``technology`` as text, ``band_mhz`` as text where the file has one, ``line``.
    file : TowersFile
        Its ``technologies`` are words of its own.
    log : RowLog
        Notes and quarantined rows are changed in place.

    Returns
    -------
    DataFrame
        (cells,) with ``technology`` as one of 2g to 5g, and ``band_mhz`` as the text of one band.
    """
    bands = cells[_BAND_COLUMN].fillna("").astype("str") if _BAND_COLUMN in cells else None
    words, stated = pd.factorize(cells["technology"].fillna(""))
    of_words = [technologies_in(str(word), file.technologies) for word in stated]
    unknown = np.array([not pairs for pairs in of_words], dtype=bool)[words]
    _quarantine(cells, unknown, log)
    _note_unknown_parts([str(word) for word, pairs in zip(stated, of_words, strict=True) if pairs], file, log)
    named_bands = any(band for pairs in of_words for _, band in pairs)
    if bands is None and not named_bands:
        return _exploded(
            cells, [[(name, "") for name in _names(pairs)] for pairs in of_words], words, log, has_band=False
        )
    texts = bands if bands is not None else pd.Series("", index=cells.index, dtype="str")
    band_codes, distinct = pd.factorize(texts)
    both, pairs_of = pd.factorize(words * len(distinct) + band_codes)
    rows = [
        _rows_of(of_words[code // len(distinct)], str(distinct[code % len(distinct)])) for code in pairs_of.tolist()
    ]
    return _exploded(cells, rows, both, log, has_band=True)


def _quarantine(cells: pd.DataFrame, unknown: Flags, log: RowLog) -> None:
    if not unknown.any():
        return
    lines, words = cells[LINE].to_numpy()[unknown], cells["technology"][unknown].fillna("").astype("str")
    empty = is_missing(words)
    log.set_aside(lines[empty], Reason.MISSING_VALUE, [f"technology = {word!r}" for word in words[empty]])
    lines, words = lines[~empty], words[~empty]
    silent = words.map(lambda word: _bare(word) in _BARE_NO_INTERNET).to_numpy(dtype=bool)
    log.set_aside(lines[silent], Reason.NO_INTERNET, list(words[silent]))
    log.set_aside(lines[~silent], Reason.UNKNOWN_TECHNOLOGY, list(words[~silent]))


def _note_unknown_parts(words: list[str], file: TowersFile, log: RowLog) -> None:
    """Note the parts of cells that are no technology beside those that are."""
    odd = [
        part
        for word in words
        for part in _BETWEEN.split(word.strip())
        if part and not technologies_in(part, file.technologies)
    ]
    known = {word for word in words if _BARE_WORDS.get(_bare(word)) or word.lower() in file.technologies}
    odd = [part for part in dict.fromkeys(odd) if not any(part in word for word in known)]
    if odd:
        shown = ", ".join(f"'{printable(part, 30)}'" for part in odd[:3])
        log.note(f"{log.file}: {shown} beside other technologies is none of 2G to 5G and is left out")


def _names(pairs: list[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for name, _ in pairs))


def _rows_of(pairs: list[tuple[str, str]], band_text: str) -> list[tuple[str, str]]:
    """Technology and band of each row that a file's row becomes.

    Bands of several technologies belong to those that they name; where they name none, nobody knows whose they are.
    """
    names, bands = _names(pairs), bands_in(band_text)
    own = [(name, band) for name, band in pairs if band]
    if own and not bands:
        return own + [(name, "") for name in names if name not in dict(own)]
    if len(names) <= 1:
        return [(name, band) for name in names for band in bands or [""]]
    of_band = [(_BARE_WORDS.get(_bare(technology_in(band)), ""), band) for band in bands]
    named = [(name, band) for name, band in of_band if name in names]
    return named + [(name, "") for name in names if name not in dict(named)]


def bands_in(text: str) -> list[str]:
    """Part the bands of a cell.

    Parameters
    ----------
    text : str
        Such as '800/1800/2600', 'B3, B20', '1710-1785 / 1805-1880'.

    Returns
    -------
    list of str
        The text itself where it is one band; without uplinks that stand beside their downlinks; [] for none.
    """
    plain = text.strip()
    if not plain:
        return []
    parts = [part for part in _BAND_BETWEEN.split(plain) if part]
    if len(parts) == 1:
        parts = plain.split(",")
        parts = (
            parts if all(_NOMINAL.match(part) and nominal_mhz(int(part)) != int(part) for part in parts) else [plain]
        )
    unit = re.search(r"[kmg]?hz\s*$", tidy_band(plain))
    parts = [
        part if re.search(r"hz\s*$|^[a-z]", tidy_band(part)) or not unit else f"{part} {unit[0]}" for part in parts
    ]
    mhz = {part: _mhz(part) for part in parts}
    if len(parts) == 1 or any(np.isnan(value) for value in mhz.values()):
        return [plain]
    kept = downlinks(list(mhz.values()))
    return [part for part in dict.fromkeys(parts) if mhz[part] in kept]


def _mhz(text: str) -> float:
    """Rough MHz of a band or number: enough to tell an uplink from a downlink."""
    named = band_mhz(text)
    match = re.match(r"^([\d.,]+)\s*(khz|mhz|ghz|hz)?$", tidy_band(text))
    if not np.isnan(named) or match is None:
        return named
    scale = {"hz": 1e-6, "khz": 1e-3, "ghz": 1e3}.get(match[2] or "", 1.0)
    try:
        return float(match[1].replace(",", ".")) * scale
    except ValueError:
        return float("nan")


def _exploded(
    cells: pd.DataFrame, rows: list[list[tuple[str, str]]], codes: npt.NDArray[np.int64], log: RowLog, *, has_band: bool
) -> pd.DataFrame:
    """The cells with their technology and band, those that are several repeated."""
    counts = np.array([len(one) for one in rows], dtype=np.int64)[codes]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in rows])])[:-1]
    flat = [pair for one in rows for pair in one]
    taken = np.repeat(np.arange(len(cells)), counts)
    nth = np.arange(len(taken)) - np.repeat(np.cumsum(counts) - counts, counts)
    position = starts[codes[taken]] + nth if len(taken) else np.zeros(0, dtype=np.int64)
    several = int((counts > 1).sum())
    single = several == 0 and (counts == 1).all()
    repeated = cells if single else cells.iloc[taken].reset_index(drop=True)
    if several:
        log.note(
            f"{log.file}: {several:,} rows name several technologies or bands and are "
            f"{int(counts[counts > 1].sum()):,} cells"
        )
    columns = {"technology": spread([name for name, _ in flat] or [""], position).set_axis(repeated.index)}
    if has_band:
        columns[_BAND_COLUMN] = spread([band for _, band in flat] or [""], position).set_axis(repeated.index)
    return repeated.assign(**columns)


def whole_rows(lines: npt.NDArray[np.int64], gone: Flags) -> npt.NDArray[np.int64]:
    """List the rows of the file of which no cell stays.

    Parameters
    ----------
    lines : ndarray of int64
        (cells,) line of each cell; cells of one row share it.
    gone : ndarray of bool
        (cells,) which cells do not stay.

    Returns
    -------
    ndarray of int64
        Lines, each once, in their order.
    """
    some = np.unique(lines[gone])
    return some[~np.isin(some, lines[~gone])]
