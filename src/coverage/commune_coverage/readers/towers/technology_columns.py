"""Technologies over columns and rows: a column of yes and no for each, or a row for each with its yes or no."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import TowersFile
from commune_coverage.core.errors import AmbiguousRowsError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.columns.words import is_yes, month_of, plain_words
from commune_coverage.readers.parsing.bands import nominal_mhz
from commune_coverage.readers.parsing.dates import epoch_seconds
from commune_coverage.readers.parsing.numbers import spread
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.towers.technologies import is_technology, technologies_in
from commune_coverage.schema.inputs import TECHNOLOGIES

_PREFIX = re.compile(r"^(?:site|has|is|t)[ -]?(?=[2345]g$)")
_ANSWERS = re.compile(r"[ (\[]+(?:y/n|yes/no|oui/non|o/n|s[ií]/no|s/n|sim/não|ja/nein|j/n|[01]/[01])[)\]]*$")
_LETTER_AND_NUMBER = re.compile(r"^[ulg][ -]?(\d+)$")
_MOSTLY = 0.8

Flags = npt.NDArray[np.bool_]


def technology_flags(frame: pd.DataFrame, file: TowersFile, log: RowLog) -> tuple[pd.DataFrame, TowersFile]:
    """Write one column of yes and no for each technology, or each band of one, as one column of technologies.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    file : TowersFile
        Its ``columns`` may name such a column for '2g', '3g', '4g' and '5g'; else they are known by their names.
    log : RowLog
        Notes are changed in place.

    Returns
    -------
    frame : DataFrame
        With a column ``technology``, '' where no flag is set; as it was where there are no such columns.
    file : TowersFile
        The file without the flags in its ``columns``.
    """
    stated = {name: source for name, source in file.columns.items() if name.lower() in TECHNOLOGIES}
    if "technology" in file.columns or "technology" in {str(name).lower() for name in frame.columns}:
        return frame, file
    sources = stated or flag_columns(frame)
    present = {name.lower(): source for name, source in sources.items() if source in frame}
    if not present or set(sources.values()) - set(frame.columns):
        return frame, file
    flags = {name: _flags(frame[source], source, log) for name, source in sorted(present.items())}
    code = sum(flag.astype(np.int64) << place for place, flag in enumerate(flags.values()))
    numbers, position = np.unique(np.asarray(code, np.int64), return_inverse=True)
    texts = ["/".join(n for place, n in enumerate(flags) if number >> place & 1) for number in numbers.tolist()]
    log.note(f"{log.file}: technologies are read from the columns {', '.join(map(printable, present.values()))}")
    rest = {name: source for name, source in file.columns.items() if name not in stated}
    technology = spread(texts, np.asarray(position, np.int64)).set_axis(frame.index)
    return frame.assign(technology=technology), file.model_copy(update={"columns": rest})


def flag_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Find the columns that are called after a technology and hold yes and no, numbers of cells, or dates of a start.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.

    Returns
    -------
    dict of str to str
        '2g' to '5g', or a technology with its band such as 'lte1800', to the file's column.
    """
    found: dict[str, str] = {}
    for name in map(str, frame.columns):
        technology = _technology_named(name)
        if technology and technology not in found and None not in _answers(pd.unique(frame[name].fillna("")).tolist()):
            found[technology] = name
    return found


def _technology_named(name: str) -> str:
    """The technology that a column is called after, with its band; '' for none."""
    plain = _PREFIX.sub("", _ANSWERS.sub("", " ".join(name.replace("_", " ").lower().split())))
    lettered = _LETTER_AND_NUMBER.match(plain)
    if lettered and nominal_mhz(int(lettered[1])) == float(lettered[1]):
        return ""
    pairs = technologies_in(plain)
    if len(pairs) != 1:
        return ""
    technology, band = pairs[0]
    return band or (technology if is_technology(plain) else "")


def _answers(texts: list[object]) -> list[bool | None]:
    """Yes or no of each text; the date since when is a yes."""
    answers = [is_yes(str(text)) for text in texts]
    dated = np.isfinite(epoch_seconds(pd.Series([str(text) for text in texts], dtype="str"), month_of)[0])
    return [True if answer is None and is_date else answer for answer, is_date in zip(answers, dated, strict=True)]


def _flags(values: pd.Series, source: str, log: RowLog) -> Flags:
    codes, distinct = pd.factorize(values.fillna("").astype("str"))
    answers = _answers(list(distinct))
    odd = [printable(text, 30) for text, answer in zip(distinct, answers, strict=True) if answer is None]
    if odd:
        log.note(
            f"{log.file}: '{printable(source, 40)}' holds neither yes nor no in some rows, taken as no: "
            + ", ".join(odd[:3])
        )
    return np.array([bool(answer) for answer in answers], dtype=bool)[codes]


def require_present(cells: pd.DataFrame, raw: pd.DataFrame, sources: dict[str, str], file: TowersFile) -> None:
    """Refuse a table with a row for each technology of each site whose yes or no nobody chose.

    Such a table has all technologies at nearly every position of an operator, and a column of yes and no that
    differs between them: without a filter what is not there would count.

    Parameters
    ----------
    cells : DataFrame
        Picked columns as text, indexed as ``raw``.
    raw : DataFrame
        The file's own columns as text.
    sources : dict of str to str
        Declared column to the file's column.
    file : TowersFile
        A column that its ``where`` names is chosen.

    Raises
    ------
    AmbiguousRowsError
        With the line to write.
    """
    if not {"technology", "lon", "lat"} <= set(cells):
        return
    keys = [name for name in ("lon", "lat", "operator", "site_id", "cell_id") if name in cells]
    groups = cells.groupby(keys, sort=False, dropna=False)["technology"]
    kinds = cells["technology"].nunique()
    complete = (groups.transform("nunique") == kinds) & (groups.transform("size") == kinds)
    if kinds < 2 or complete.mean() < _MOSTLY:
        return
    chosen = {plain_words(name) for name in file.where} | {plain_words(name) for name in sources.values()}
    for name in (str(name) for name in raw.columns if name != LINE and plain_words(str(name)) not in chosen):
        texts = raw[name].fillna("").astype("str")
        answers = dict(zip(distinct := texts.unique().tolist(), map(is_yes, distinct), strict=True))
        if set(answers.values()) != {True, False}:
            continue
        differs = texts.map(answers).groupby([cells[key] for key in keys], sort=False, dropna=False).nunique() > 1
        if differs.mean() >= 1 - _MOSTLY:
            wanted = toml_value({name: [text for text, answer in answers.items() if answer]})
            both = toml_value({name: distinct})
            raise AmbiguousRowsError(
                f"'{file.path.name}' has a row for each technology of each site, and '{printable(name, 40)}' seems to "
                f"say which are there; set where = {wanted} for those, where = {both} if it says something else"
            )
