"""Who runs a cell: by network code, or as the file names it; spellings of one name are one operator."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.config.layers import TowersFile
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.columns.words import plain_words
from commune_coverage.readers.parsing.numbers import is_missing, latin_digits, spread
from commune_coverage.readers.parsing.text import plain_name

Ints = npt.NDArray[np.int64]

_MNCS = 1000
_CODE = re.compile(r"^([2-7]\d\d)\s*[-/ ._]?\s*(\d{2,3})(?:\.0)?$")
_ALIKE = 0.85
_MAX_COMPARED = 60
_MAX_OFFERED = 5
_LEGAL = re.compile(
    r"\b(?:s\.?a\.?s?|s\.?a\.?r\.?l|ltd|limited|plc|inc|llc|co|corp|company|gmbh|ag|spa|nv|bv|pt|tbk|group|mobile|telecom)\b"
)


def name_operators(cells: pd.DataFrame, country: Country, file: TowersFile, log: RowLog) -> pd.DataFrame:
    """Name each cell's operator.

    Parameters
    ----------
    cells : DataFrame
        With any of ``mcc``, ``mnc``, ``network`` ('456-02', '45602') and ``operator``, which may hold a network code.
    country : Country
        Names the operators by their codes.
    file : TowersFile
        Its ``operators`` map its own words.
    log : RowLog
        Notes are changed in place.

    Returns
    -------
    DataFrame
        (cells,) with ``operator`` by network code where the country file names it, else as the file does, else the
        code; and ``is_home`` where it serves this country.
    """
    names = {_network(code): name for name, codes in country.operators.items() for code in codes}
    codes = {name: _codes_in(cells[name]) for name in ("network", "operator") if name in cells}
    networks = _networks(cells, codes, log)
    position, stated = pd.factorize(networks)
    known = np.array([network in names for network in stated.tolist()], dtype=bool)[position]
    shown = [names.get(network) or _shown_network(network) for network in stated.tolist()]
    operator = spread(shown, position).set_axis(cells.index)
    if "operator" in cells:
        written = _in_own_words(cells["operator"], file)
        operator = operator.where(known | is_missing(written) | (codes["operator"] > 0), written)
    home_mccs = {network // _MNCS for network in names}
    is_home = np.isin(networks // _MNCS, [*home_mccs, 0]) if home_mccs else np.ones(len(cells), dtype=bool)
    return cells.assign(operator=operator, is_home=is_home)


def _network(code: str) -> int:
    mcc, mnc = code.split("-")
    return int(mcc) * _MNCS + int(mnc)


def _networks(cells: pd.DataFrame, codes: dict[str, Ints], log: RowLog) -> Ints:
    """Country and network code as one number, of their own columns, else as others hold it; 0 where none is known."""
    none = pd.Series(0, index=cells.index)
    mcc, mnc = (cells.get(name, none).fillna(-1).to_numpy().astype(np.int64) for name in ("mcc", "mnc"))
    networks = np.where((mcc > 0) & (mnc >= 0), mcc * _MNCS + mnc, 0)
    for column, stated in codes.items():
        if column == "network" and (lost := (stated == 0) & ~is_missing(cells[column])).any():
            shown = printable(cells[column][lost].iloc[0], 30)
            log.note(f"{log.file}: {int(lost.sum()):,} values of network are no country and network code: '{shown}'")
        networks = np.where(networks > 0, networks, stated)
    return networks


def _codes_in(texts: pd.Series) -> Ints:
    codes, distinct = pd.factorize(texts.fillna("").astype("str"))
    matches = [_CODE.match(latin_digits(str(text)).strip()) for text in distinct]
    return np.array([int(m[1]) * _MNCS + int(m[2]) if m else 0 for m in matches], dtype=np.int64)[codes]


def _in_own_words(operators: pd.Series, file: TowersFile) -> pd.Series:
    """Operators as the file's ``operators`` map them, whatever their spelling; without blanks around."""
    stated = {spelling_key(word): name for word, name in file.operators.items()}
    return _each_spelling(operators.fillna("").astype("str"), lambda name: stated.get(spelling_key(name), name.strip()))


def _shown_network(network: int) -> str:
    mcc, mnc = divmod(network, _MNCS)
    return f"{mcc}-{mnc:02d}" if mcc else "unknown"


def spelling_key(name: str) -> str:
    """Write a name so that spellings of it are the same: without case, accents, blanks and punctuation.

    Parameters
    ----------
    name : str
        An operator's name.

    Returns
    -------
    str
        The letters and digits; the name itself where it has none.
    """
    return plain_name(name) or name.strip()


def join_spellings(files: list[pd.DataFrame], logs: list[RowLog], country: Country) -> list[pd.DataFrame]:
    """Join the spellings of each operator in all files: the country file's, else the most frequent one.

    Names that are alike, and not the same but for spelling, are offered in a note and stay apart.

    Parameters
    ----------
    files : list of DataFrame
        Cells of each file, with ``operator``.
    logs : list of RowLog
        One for each file; notes are changed in place.
    country : Country
        Names the operators.

    Returns
    -------
    list of DataFrame
        The files' cells.
    """
    counts = [frame["operator"].value_counts(sort=False) for frame in files]
    total: Counter[str] = Counter()
    for of_file in counts:
        total.update({str(name): int(number) for name, number in of_file.items()})
    chosen = {spelling_key(name): name for name, _ in sorted(total.items(), key=lambda item: (item[1], item[0]))}
    chosen |= {spelling_key(name): name for name in country.operators}
    joined = {name: chosen[spelling_key(name)] for name in total if chosen[spelling_key(name)] != name}
    _offer({joined.get(name, name) for name in total}, logs[0])
    if not joined:
        return files
    for of_file, log in zip(counts, logs, strict=True):
        if here := sorted(set(map(str, of_file.index)) & set(joined)):
            shown = ", ".join(
                f"'{printable(name, 30)}' as '{printable(joined[name], 30)}'" for name in here[:_MAX_OFFERED]
            )
            log.note(f"{log.file}: spellings of one operator are read alike: {shown}")
    return [
        frame.assign(operator=_each_spelling(frame["operator"], lambda name: joined.get(name, name))) for frame in files
    ]


def _each_spelling(operators: pd.Series, name_of: Callable[[str], str]) -> pd.Series:
    """Operators under other names, each spelling looked at once."""
    codes, distinct = pd.factorize(operators)
    return spread([name_of(str(spelling)) for spelling in distinct], codes).set_axis(operators.index)


def _offer(names: set[str], log: RowLog) -> None:
    """Note names that may be one operator, with the line that joins them."""
    if len(names) > _MAX_COMPARED:
        return
    ordered = sorted(names, key=lambda name: (len(name), name))
    alike = [(long, short) for short, long in combinations(ordered, 2) if _are_alike(short, long)]
    for long, short in alike[:_MAX_OFFERED]:
        line = f"operators = {toml_value({long: short})}"
        log.note(f"{log.file}: '{printable(long, 40)}' and '{printable(short, 40)}' may be one operator; if so: {line}")


def _are_alike(short: str, long: str) -> bool:
    one, two = (" ".join(_LEGAL.sub(" ", plain_words(name)).split()) for name in (short, long))
    if len(one) < 3 or len(two) < 3 or any(_CODE.match(name) for name in (short, long)):
        return False
    if f" {one} " in f" {two} " or f" {two} " in f" {one} ":
        return True
    return difflib.SequenceMatcher(None, spelling_key(one), spelling_key(two)).ratio() >= _ALIKE
