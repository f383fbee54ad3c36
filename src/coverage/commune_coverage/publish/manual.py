"""What a person decides about what is shown: a run whatever its checks say, or the one before."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict, replace
from pathlib import Path

from commune_coverage.core.errors import RunError
from commune_coverage.core.quarantine import printable
from commune_coverage.publish.finalise import publication_of
from commune_coverage.publish.publication import Publication, What, now_shown, show, shown_so_far
from commune_coverage.runs.run import run_lock

_LONGEST = 500


def publish_run(run_id: str, because: str, data_dir: Path, maps_dir: Path) -> str:
    """Show a finished run whatever its checks say; a sentence on it. Raises RunError when it is not there whole."""
    data_dir, maps_dir = data_dir.resolve(), maps_dir.resolve()
    with run_lock(data_dir):
        runs = sorted(path.name for path in (data_dir / "runs").glob("[!.]*"))
        if run_id not in runs or not _is_whole(run_id, data_dir, maps_dir):
            raise RunError(f"no finished run '{printable(run_id, 60)}'; there are: {', '.join(runs) or 'none'}")
        last = now_shown(maps_dir)
        return _decide(run_id, "published by hand", because, last, data_dir, maps_dir)


def roll_back(because: str, data_dir: Path, maps_dir: Path) -> str:
    """Show the run that was shown before the current one; a sentence on it. Raises RunError when there is none."""
    data_dir, maps_dir = data_dir.resolve(), maps_dir.resolve()
    with run_lock(data_dir):
        last = now_shown(maps_dir)
        earlier = [one.run_id for one in shown_so_far(maps_dir) if last is not None and one.run_id != last.run_id]
        whole = [run_id for run_id in earlier if _is_whole(run_id, data_dir, maps_dir)]
        if last is None or not whole:
            raise RunError("no earlier run is there to go back to; 'commune-coverage publications' lists all")
        return _decide(whole[-1], "rolled back", because, last, data_dir, maps_dir)


def list_publications(maps_dir: Path, as_json: bool) -> str:
    """Every publication, one a line, oldest first; or all as one JSON text."""
    listed = shown_so_far(maps_dir)
    if as_json:
        return json.dumps([asdict(one) for one in listed], ensure_ascii=False, indent=1)
    return "\n".join(_line(one) for one in listed) or "nothing was published yet"


def _line(one: Publication) -> str:
    words = f"{one.number:>4}  {one.at}  {one.what}: {one.run_id}"
    if one.hold is not None:
        words += f"; {one.hold.run_id} is held since {one.hold.since}: {'; '.join(one.hold.reasons)}"
    return words + (f'; by {one.by}, because "{one.because}"' if one.by else "")


def _decide(run_id: str, what: What, because: str, last: Publication | None, data_dir: Path, maps_dir: Path) -> str:
    because = printable(because, _LONGEST).strip()
    if not because:
        raise RunError('say why with --because "…"; it is recorded')
    decided = replace(publication_of(run_id, data_dir), what=what, because=because, by=getpass.getuser())
    shown = show(replace(decided, instead_of=last.run_id if last else ""), data_dir, maps_dir)
    return f"{shown.run_id} is shown from now on ({shown.what}, publication {shown.number})"


def _is_whole(run_id: str, data_dir: Path, maps_dir: Path) -> bool:
    return (data_dir / "runs" / run_id / "report.json").is_file() and (maps_dir / "runs" / run_id).is_dir()
