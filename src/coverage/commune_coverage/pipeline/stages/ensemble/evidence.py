"""What is known besides cells: gathered from the country file and its layers, and set beside what the draws say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import read_table
from commune_coverage.ensemble.compact import Figure
from commune_coverage.ensemble.ensemble import Ensemble
from commune_coverage.ensemble.intervals import INTERVAL, interval
from commune_coverage.ensemble.left_out import Prediction, probability_published_below
from commune_coverage.ensemble.weighing import KnownShare, contradictions
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles
from commune_coverage.readers.measured.known_coverage import ANY_OPERATOR
from commune_coverage.readers.parsing.text import plain_name
from commune_coverage.runs.run import Run
from commune_coverage.schema.areas import LEVELS
from commune_coverage.schema.ensemble import ANY, ENSEMBLE_EVIDENCE, MASTS, NO, YES

Floats = npt.NDArray[np.float64]
_FAR = 3.0
_WEIGH = "weigh"


@dataclass(frozen=True)
class Evidence:
    """A figure that somebody has published.

    Attributes
    ----------
    measure : str
        ``people``, ``territory`` or ``masts``.
    operator, technology : str
        Empty for all together.
    code : str
        Code of the area, empty for the nation.
    value, tolerance : float
        The figure, and two standard errors of it.
    date, source : str
        Of when, and by whom.
    note : str
        Why it is not used; empty where it is.
    """

    measure: str
    operator: str
    technology: str
    code: str
    value: float
    tolerance: float
    date: str
    source: str
    note: str = ""

    @property
    def sigma(self) -> float:
        return self.tolerance / 2

    @property
    def words(self) -> str:
        """In a few words, for notes."""
        figure = f"{self.value:.1%}" if self.measure != MASTS else f"{self.value:g}"
        return f"{figure} by {self.source or 'a source without a name'}"


@dataclass(frozen=True)
class Known:
    """All that is known.

    Attributes
    ----------
    evidence : list of Evidence
        In the order of the country file.
    shares : dict of int to KnownShare
        By row of ``evidence``, the shares that draws have.
    masts : dict of str to (number, standard error)
        By operator.
    """

    evidence: list[Evidence]
    shares: dict[int, KnownShare] = field(default_factory=dict)
    masts: dict[str, tuple[float, float]] = field(default_factory=dict)

    def without(self, conflicting: Sequence[KnownShare]) -> Known:
        """The same with some shares compared only: no draw comes near them."""
        evidence, shares = list(self.evidence), dict(self.shares)
        for row, share in self.shares.items():
            if any(share is one for one in conflicting):
                shares[row] = replace(share, weighs=False)
                evidence[row] = _noted(evidence[row], "conflicts with the cells: no draw comes near it")
        return Known(evidence, shares, self.masts)


def _noted(one: Evidence, note: str) -> Evidence:
    return replace(one, note="; ".join(filter(None, (one.note, note))))


def stated_evidence(run: Run) -> list[Evidence]:
    """What the country file states, and what of benchmarks and known coverage draws are to be weighed by."""
    stated = [
        Evidence(
            one.measure, one.operator or "", one.technology or "", one.code or "", one.value, one.tolerance,
            one.date.isoformat(), one.source,
        )
        for one in run.country.ensemble.evidence
    ]  # fmt: skip
    compared = [
        Evidence(
            "people", one.covered.operator or "", one.covered.technology or "", "", one.value, one.tolerance,
            one.date.isoformat(), one.source,
        )
        for one in run.country.benchmarks
        if one.use == _WEIGH and one.covered is not None
    ]  # fmt: skip
    source = SignalFiles(run.stages_folder).known_coverage
    rows = read_table(source).query("use == @_WEIGH") if source.is_file() else pd.DataFrame()
    return [*stated, *compared, *(_of_row(row) for row in rows.to_dict("records"))]


def _of_row(row: Mapping[Any, Any]) -> Evidence:
    operator = "" if row["operator"] == ANY_OPERATOR else str(row["operator"])
    note = "counts coverage from a level of its own" if np.isfinite(row["min_level_dbm"]) else ""
    return Evidence(
        row["measure"], operator, row["technology"], row["code"], row["covered_share"], row["tolerance_share"],
        row["date"], row["published_by"], note,
    )  # fmt: skip


def known_of(evidence: Sequence[Evidence], figures: Sequence[Figure], communes: pd.DataFrame, people: Floats) -> Known:
    """Find the draws' figures of what is known, and what contradicts what; mast counts come by ``with_masts``.

    Raises CountryFileError where the country file names an area that is none.
    """
    noted, shares = list(evidence), {}
    for row, one in enumerate(evidence):
        share = _share_of(one, figures, communes, people)
        if isinstance(share, KnownShare):
            shares[row] = share
        elif share:
            noted[row] = _noted(one, share)
    for pair in contradictions(list(shares.values())):
        first, second = (next(row for row, share in shares.items() if share is one) for one in pair)
        for row, other in ((first, second), (second, first)):
            noted[row] = _noted(noted[row], f"contradicts {evidence[other].words}")
    return Known(noted, {row: replace(share, weighs=not noted[row].note) for row, share in shares.items()})


def _share_of(one: Evidence, figures: Sequence[Figure], communes: pd.DataFrame, people: Floats) -> KnownShare | str:
    """The draws' figure of a share that is known, or why there is none."""
    if one.measure == MASTS or one.note:
        return ""
    if one.measure != "people":
        return "the draws have no territory"
    if not one.tolerance > 0:
        return "states no tolerance"
    spelled = {plain_name(figure.operator): figure.operator for figure in figures}
    figure = Figure("covered", spelled.get(plain_name(one.operator), one.operator), one.technology)
    if figure not in figures:
        return "the file has no cell of this operator and technology"
    rows = _rows_of(one.code, communes)
    if not people[slice(None) if rows is None else rows].sum() > 0:
        return "nobody lives there"
    return KnownShare(figure, one.value, one.sigma, rows, one.source)


def _rows_of(code: str, communes: pd.DataFrame) -> npt.NDArray[np.int64] | None:
    """Rows of the communes of an area, None for the nation."""
    if not code:
        return None
    for level in LEVELS:
        if f"{level}_code" in communes and (found := communes[f"{level}_code"].astype(str).eq(code).to_numpy()).any():
            return np.flatnonzero(found)
    raise CountryFileError(
        f"[[ensemble.evidence]] names '{code}', which is the code of no commune, district or province"
    )


def with_masts(known: Known, listed_sites: Mapping[str, int]) -> Known:
    """Take in numbers of masts: of an operator of the file, that agree with each other and leave room for its sites."""
    noted, spelled = list(known.evidence), {plain_name(name): name for name in listed_sites}
    own: dict[str, list[int]] = {}
    for row, one in enumerate(known.evidence):
        if one.measure == MASTS:
            operator = spelled.get(plain_name(one.operator), "")
            noted[row] = _noted(one, _unbelievable(one, listed_sites.get(operator)))
            if not noted[row].note:
                own.setdefault(operator, []).append(row)
    for first, second in (pair for rows in own.values() for pair in combinations(rows, 2)):
        one, other = known.evidence[first], known.evidence[second]
        if abs(one.value - other.value) > _FAR * np.hypot(one.sigma, other.sigma):
            noted[first] = _noted(noted[first], f"contradicts {other.words}")
            noted[second] = _noted(noted[second], f"contradicts {one.words}")
    used = {name: [noted[row] for row in rows if not noted[row].note] for name, rows in own.items()}
    return Known(noted, known.shares, {name: _together(kept) for name, kept in used.items() if kept})


def _unbelievable(one: Evidence, listed: int | None) -> str:
    """Why a number of masts is not used beside the sites of the file; '' where it may be."""
    if listed is None:
        return "the file has no cell of this operator"
    return (
        f"conflicts with the cells: {listed:,} sites are in the file" if listed - one.value > _FAR * one.sigma else ""
    )


def _together(kept: Sequence[Evidence]) -> tuple[float, float]:
    """The number that sources which agree come to, each by its precision, and its standard error."""
    precision = np.array([one.sigma**-2 for one in kept])
    number = float(precision @ [one.value for one in kept] / precision.sum())
    return number, float(precision.sum() ** -0.5)


def evidence_table(
    known: Known, drawn: Ensemble, predicted: Mapping[int, Prediction], masts: Mapping[str, tuple[Floats, Floats]]
) -> pd.DataFrame:
    """Set what is known beside the draws.

    ``predicted`` are predictions by row of the evidence; ``masts`` are, by operator, the sites of the draws, and those
    of draws that are told no number.
    """
    rows = []
    spelled = {plain_name(name): name for name in masts}
    for row, one in enumerate(known.evidence):
        values = dict.fromkeys(("estimate", "low", "high", "predicted", "predicted_low", "predicted_high"), np.nan)
        within = ""
        if row in known.shares:
            figure = known.shares[row]
            shares = figure.of(drawn.shares[:, drawn.figures.index(figure.figure)], drawn.people)
            found = predicted[row]
            values |= _ends("", shares, drawn.weights.weight)
            values |= {"predicted": found.median, "predicted_low": found.low, "predicted_high": found.high}
            within = YES if found.is_within else NO
        elif one.measure == MASTS and plain_name(one.operator) in spelled:
            told, untold = masts[spelled[plain_name(one.operator)]]
            equal = np.full(len(untold), 1 / len(untold))
            values |= _ends("", told, drawn.weights.weight) | _ends("predicted", untold, equal)
            below = probability_published_below(untold, equal, (one.value, one.sigma))
            within = YES if abs(below - 0.5) <= INTERVAL / 2 else NO
        rows.append(_row(one, values, within))
    return pd.DataFrame(rows, columns=[name for name in ENSEMBLE_EVIDENCE.names if name != "synthetic_layers"])


def _ends(name: str, draws: Floats, weight: Floats) -> dict[str, float]:
    low, median, high = (float(end) for end in interval(draws, weight))
    start = f"{name}_" if name else ""
    return {name or "estimate": median, f"{start}low": low, f"{start}high": high}


def _row(one: Evidence, values: Mapping[str, float], within: str) -> dict[str, Any]:
    named = {"operator": one.operator or ANY, "technology": one.technology or ANY}
    stated = {name: getattr(one, name) for name in ("measure", "code", "tolerance", "date", "source", "note")}
    judged = {"used": NO if one.note else YES, "predicted_within": within}
    return stated | named | judged | dict(values) | {"published": one.value}
