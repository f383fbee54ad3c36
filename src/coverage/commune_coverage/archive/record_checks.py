"""Whether the chained records are what they were, and that of decisions says what the publications say."""

from __future__ import annotations

import os
from pathlib import Path

from commune_coverage.archive.challenges import find_broken_entry
from commune_coverage.archive.records import heads_kept
from commune_coverage.core.chain import Entry, find_broken_link
from commune_coverage.publish.publication import Publication, recorded_publication, shown_so_far
from commune_coverage.quality.decisions import decisions_in


def broken_records(data_dir: Path, maps_dir: Path) -> dict[str, str]:
    """Check all chained records of a data folder.

    Parameters
    ----------
    data_dir, maps_dir : Path
        Where runs and maps are kept.

    Returns
    -------
    dict of str to str
        By the record, such as ``decisions`` or ``challenges of KHM``, what does not match first, in words.
    """
    histories = sorted(path for path in (data_dir / "history").glob("*") if path.is_dir())
    found = {f"challenges of {history.name}": find_broken_entry(history) for history in histories}
    found["decisions"] = find_broken_decision(data_dir, maps_dir)
    return {name: problem for name, problem in found.items() if problem}


def find_broken_decision(data_dir: Path, maps_dir: Path) -> str:
    """Check the record against itself, against what runs have kept of it, and against what was published.

    Publications from before the record was begun are not looked at.

    Parameters
    ----------
    data_dir, maps_dir : Path
        Where runs and maps are kept.

    Returns
    -------
    str
        What does not match first, in words; '' where all of it does.
    """
    try:
        entries = decisions_in(data_dir)
    except ValueError as error:
        return str(error)
    histories = sorted(path for path in (data_dir / "history").glob("*") if path.is_dir())
    broken = find_broken_link(entries, heads_kept(histories, "decisions"))
    return broken or _unlike_published(entries, data_dir, maps_dir)


def _unlike_published(entries: list[Entry], data_dir: Path, maps_dir: Path) -> str:
    maps = os.path.relpath(maps_dir.resolve(), data_dir.resolve())
    here = [entry["about"] for entry in entries if entry["about"].get("maps") == maps]
    recorded = {about["publication"]["number"]: about for about in here}
    for publication in shown_so_far(maps_dir):
        if recorded and publication.number >= min(recorded):
            problem = _unlike(publication, recorded.get(publication.number), data_dir, maps_dir)
            if problem:
                return problem
    return ""


def _unlike(publication: Publication, about: Entry | None, data_dir: Path, maps_dir: Path) -> str:
    """A field that came to publications later is not compared with an entry from before it."""
    if about is None:
        return f"publication {publication.number} is not in it"
    now = recorded_publication(publication, data_dir, maps_dir)["publication"]
    differing = [name for name, value in about["publication"].items() if now.get(name) != value]
    return f"publication {publication.number} is not as it was recorded ({', '.join(differing)})" if differing else ""
