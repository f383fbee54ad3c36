"""Whether the files of a run are those that it left: each against the digest that the run's record holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from commune_coverage.archive.records import is_as_recorded, recorded
from commune_coverage.core.errors import RunError, UnreadableFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.core.run_places import places_of, whole_run
from commune_coverage.publish.publication import now_shown
from commune_coverage.quality.results import Shown, shown_run
from commune_coverage.readers.safety.files import sha256
from commune_coverage.runs.artifacts import artifact_digest

SHOWN = ("tables", "pages", "public_tables", "internal_pages")
_STAGES = "stages/"


def damaged_files(run_id: str, data_dir: Path, maps_dir: Path, *, with_stages: bool = True) -> list[str]:
    """Find the files of a finished run that are not as it left them.

    Parameters
    ----------
    run_id : str
        The run.
    data_dir, maps_dir : Path
        Where runs and maps are kept.
    with_stages : bool
        Whether what the stages handed on is looked at too; it is most of the bytes.

    Returns
    -------
    list of str
        ``tables/…``, ``pages/…`` or ``history/…``, sorted: files that are gone or differ.

    Raises
    ------
    RunError
        When nothing is recorded of the run, or it is not there any more.
    """
    record = recorded(data_dir, run_id)
    places = places_of(run_id, data_dir, maps_dir)
    if record is None or not places.run.is_dir():
        raise RunError(f"no finished run '{printable(run_id, 60)}' with its record is there")
    folders = dict(zip(SHOWN, (places.run, places.pages, places.public_tables, places.internal_pages), strict=True))
    found = [name for kind in SHOWN for name in _differing(folders[kind], kind, record.get(kind, {}), with_stages)]
    found += _differing(places.run, "tables", record.get("of_the_moment", {}), with_stages)
    found += (f"history/{path.parents[1].name}" for path in _tables_of(run_id, data_dir) if not is_as_recorded(path))
    return sorted(found)


def _tables_of(run_id: str, data_dir: Path) -> list[Path]:
    return sorted((data_dir / "history").glob(f"*/*/run_date=*/{run_id}.parquet"))


def sound_shown_run(data_dir: Path) -> tuple[Shown | None, str]:
    """The run that is shown, to compare the next one with: only as that run has left it.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.

    Returns
    -------
    tuple of (Shown or None, str)
        None before the first, or where it is damaged; and then why, else ''.
    """
    shown, why = shown_run(data_dir)
    if shown is None:
        return None, why
    try:
        record = recorded(data_dir, shown.manifest["run_id"]) or {}
    except UnreadableFileError as error:
        return None, printable(error, 200)
    stated = record.get("of_the_moment", {}) | _named(record.get("tables", {}), "commune_gaps.parquet")
    damaged = [name for name, digest in stated.items() if _digest(whole_run(data_dir), name) != digest]
    return (None, told(shown.manifest["run_id"], damaged)) if damaged else (shown, "")


def _named(digests: dict[str, str], name: str) -> dict[str, str]:
    return {name: digests[name]} if name in digests else {}


def _differing(folder: Path, kind: str, digests: dict[str, str], with_stages: bool) -> Iterator[str]:
    for name, digest in digests.items():
        if name.startswith(_STAGES) and not with_stages:
            continue
        if _digest(folder, name) != digest:
            yield f"{kind}/{name}"


def _digest(folder: Path, name: str) -> str:
    """Of a file, or of an artifact's files; '' where it is not there."""
    if name.startswith(_STAGES):
        return artifact_digest(folder / "stages", name.removeprefix(_STAGES))
    path = folder / name
    return sha256(path) if path.is_file() else ""


def recorded_runs(data_dir: Path) -> list[str]:
    """List the runs that are there with a record, sorted.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.

    Returns
    -------
    list of str
    """
    runs = sorted(path.name for path in (data_dir / "runs").glob("[!.]*") if path.is_dir())
    return [run_id for run_id in runs if recorded(data_dir, run_id) is not None]


def runs_to_verify(run_id: str | None, every: bool, data_dir: Path, maps_dir: Path) -> list[str]:
    """Choose the runs to look at.

    Parameters
    ----------
    run_id : str or None
        The run that is named, if any.
    every : bool
        Whether all are asked for.
    data_dir, maps_dir : Path
        Where runs and maps are kept.

    Returns
    -------
    list of str
        All runs with a record, the one that is named, or the one that is shown.

    Raises
    ------
    RunError
        When none is named and none is shown.
    """
    if every:
        return recorded_runs(data_dir)
    if run_id is not None:
        return [run_id]
    shown = now_shown(maps_dir)
    if shown is None:
        raise RunError("nothing was published yet; name a run")
    return [shown.run_id]


def told(run_id: str, damaged: Collection[str], shown: int = 5) -> str:
    """Say in a sentence what of a run is damaged.

    Parameters
    ----------
    run_id : str
        The run.
    damaged : collection of str
        What ``damaged_files`` gives.
    shown : int
        How many files are named.

    Returns
    -------
    str
    """
    if not damaged:
        return f"{run_id}: every file is as the run left it"
    named = ", ".join(sorted(damaged)[:shown]) + (", …" if len(damaged) > shown else "")
    files = "1 file is" if len(damaged) == 1 else f"{len(damaged)} files are"
    return f"{run_id}: {files} not as the run left it ({named})"
