"""What of a layer is usable, held to the country file's limits, and why it is not, in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from commune_coverage.config.quality import Intake
from commune_coverage.core.quarantine import RowLog, printable

Extent = Literal["country", "nation", "larger"]
_REASONS, _EXAMPLES = 3, 2


class Measured(NamedTuple):
    """One check of what was read of a layer: the largest share, and what it is a share of, in words.

    ``rows`` are those that the share is counted over: positions that cluster are no news among a few. ``extent`` is
    what the file may cover: the country, perhaps the nation of which it is a region, or a larger area.
    """

    check: str
    share: float
    detail: str
    rows: int = 0
    inside: int = 0
    extent: Extent = "country"


def failures_of(name: str, measured: Sequence[Measured], limits: Intake) -> list[Measured]:
    """Select the checks whose share is over the layer's limit.

    Parameters
    ----------
    name : str
        The layer.
    measured : sequence of Measured
        What was measured of it.
    limits : Intake
        The country file's limits.

    Returns
    -------
    list of Measured
        In the order of the checks.
    """
    return [each for each in measured if each.share > limits.limit(each.check, name) and _counts(each, limits)]


def _counts(each: Measured, limits: Intake) -> bool:
    """Few rows on one point, and an extract of a larger area with enough rows inside, are as they should be."""
    if each.check == "one_point_share":
        return each.rows >= limits.one_point_rows
    needed = {"larger": limits.inside_rows, "nation": limits.region_rows}.get(each.extent)
    return needed is None or each.inside < needed


def failures_after(
    name: str, measured: Sequence[Measured], limits: Intake, before: Mapping[str, float]
) -> list[Measured]:
    """Select the checks over the layer's limit in which the last good version, which was let in, was not over it.

    Parameters
    ----------
    name : str
        The layer.
    measured : sequence of Measured
        What was measured of it.
    limits : Intake
        The country file's limits.
    before : mapping of str to float
        Measures of the last good version; none where there is none.

    Returns
    -------
    list of Measured
        In the order of the checks.
    """
    failed = failures_of(name, measured, limits)
    return [each for each in failed if before.get(each.check, 0.0) <= limits.limit(each.check, name)]


def failure_text(name: str, failed: Sequence[Measured], logs: Sequence[RowLog], limits: Intake) -> str:
    """Say what is over its limit and why: counts, and the most frequent reasons with lines of the files.

    Parameters
    ----------
    name : str
        The layer.
    failed : sequence of Measured
        The checks that are over their limit.
    logs : sequence of RowLog
        What became of the rows.
    limits : Intake
        The country file's limits.

    Returns
    -------
    str
        One line; '' where nothing failed.
    """
    said = "; ".join(f"{each.detail} (limit {limits.limit(each.check, name):.0%})" for each in failed)
    why = [worst_reasons(logs)] if failed else []
    if any(each.check == "outside_share" for each in failed):
        why += [f"'{log.file}' {log.outside_sentence()}" for log in logs if log.outside]
    return ". ".join([said, *filter(None, why)])


def worst_reasons(logs: Sequence[RowLog]) -> str:
    """Name the reasons for which most rows were set aside, with examples.

    Parameters
    ----------
    logs : sequence of RowLog
        What became of the rows.

    Returns
    -------
    str
        Up to three reasons with their counts and lines; '' where no row was set aside.
    """
    examples: dict[str, list[str]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for row in (row for log in logs for row in log.rows):
        reason, value = str(row["reason"]), f": {printable(row['detail'], 60)}" if row["detail"] else ""
        counts[reason] += 1
        if len(examples[reason]) < _EXAMPLES:
            examples[reason].append(f"'{row['file']}' line {row['line']}{value}")
    return "; ".join(
        f"{reason}: {count:,} ({', '.join(examples[reason])})" for reason, count in counts.most_common(_REASONS)
    )


def approval_hint(name: str) -> str:
    """What to do about a layer that stops a run.

    Parameters
    ----------
    name : str
        The layer.

    Returns
    -------
    str
        One sentence.
    """
    return (
        f"Mend the file or its section [layers.{name}]; if it is right as it is: "
        f'commune-coverage approve {name} --because "…" (what cannot be computed then stays not available)'
    )


def note_gaps(measured: Sequence[Measured], logs: Sequence[RowLog]) -> None:
    """Note communes without data in the layer's log, however few they are.

    Parameters
    ----------
    measured : sequence of Measured
        What was measured of the layer.
    logs : sequence of RowLog
        Its logs; the first takes the notes.
    """
    for each in measured:
        is_gap = each.check in ("no_data_share", "no_point_share") and each.share > 0
        if logs and is_gap and not any(each.detail in note for note in logs[0].notes):
            logs[0].note(each.detail)
