"""Whether every file of a data folder and its maps is somebody's, and says which format it is of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from commune_coverage.archive.archive import OF_THE_MOMENT
from commune_coverage.archive.records import recorded
from commune_coverage.core.state import declared
from commune_coverage.core.state.files import FORMAT, StateFile
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.readers.safety.files import sha256

KINDS = [kind for kind in vars(declared).values() if isinstance(kind, StateFile)]
ARTIFACTS = {artifact for stage in STAGES for artifact in (*stage.writes, *stage.checkpoint)}
SHOWN = {"data/runs": "tables", "maps/runs": "pages", "data/public": "public_tables", "maps/internal": "internal_pages"}


def not_declared(data: Path, maps: Path) -> list[str]:
    """Files that no owner declares, or that are not as he declares them: without a number, or without a digest."""
    numbered = {path: _json_has_number for kind in KINDS for path in kind.paths(data, maps)}
    return sorted(_walk("data", data, maps, numbered)) + sorted(_walk("maps", maps, data, numbered))


def _walk(name: str, folder: Path, other: Path, numbered: dict[Path, Callable[[Path], bool]]) -> Iterator[str]:
    data = folder if name == "data" else other
    for path in folder.rglob("*"):
        if path.is_file() and not any(above.is_symlink() for above in (path, *path.parents)):
            place = f"{name}/{path.relative_to(folder).as_posix()}"
            checks = [numbered[path]] if path in numbered else list(_others(place, data))
            if not any(check(path) for check in checks):
                yield place


def _others(place: str, data: Path) -> Iterator[Callable[[Path], bool]]:
    """What a file at this place has to be where it is not one of the kinds."""
    parts = place.split("/")
    if parts[-1] == ".lock" or parts[-1].endswith(".lock"):
        yield lambda path: path.stat().st_size == 0
    if place.startswith("data/log/") or parts[-1] in ("decisions.jsonl", "challenges.jsonl"):
        yield _every_line_has_number
    if place.startswith("data/history/") and parts[-1].endswith(".parquet"):
        yield lambda path: FORMAT.encode() in (pq.read_schema(path).metadata or {})
    if place.startswith("data/inputs/") and parts[3] == "objects":
        yield lambda path: any(sha256(one) == parts[4] for one in path.parents[len(parts) - 6].iterdir())
    if place.startswith("data/sources/objects/"):
        yield lambda path: sha256(path) == path.name
    if place.startswith("data/cache/"):
        yield lambda _: _is_cached("/".join(parts[4:]), data.joinpath(*parts[1:4]))
    if place.startswith("data/plans/"):
        yield lambda _: len(parts) > 4 or parts[-1].endswith(".csv")
    yield from (_of_run(parts, kind, data) for start, kind in SHOWN.items() if place.startswith(f"{start}/"))


def _of_run(parts: list[str], kind: str, data: Path) -> Callable[[Path], bool]:
    """A file of a finished run has its digest in the run's record, or tells of times and of other runs.

    What a stage has left is its artifact, or what it goes on from itself.
    """
    start = 4 if kind == "internal_pages" else 3
    run_id, name = parts[start - 1].partition(".")[0], "/".join(parts[start:])
    digests = (recorded(data, run_id) or {}).get(kind, {})
    if name.startswith("stages/"):
        return lambda _: any(name.startswith((f"stages/{one}.", f"stages/{one}/")) for one in ARTIFACTS)
    return lambda _: name in digests or name in OF_THE_MOMENT or "/data/updates/" in f"/{name}"


def _is_cached(name: str, result: Path) -> bool:
    files = result / "files.json"
    return files.is_file() and name in json.loads(files.read_text())["files"]


def _json_has_number(path: Path) -> bool:
    return isinstance(json.loads(path.read_text("utf-8"))[FORMAT], int)


def _every_line_has_number(path: Path) -> bool:
    return all(isinstance(json.loads(line)[FORMAT], int) for line in path.read_text("utf-8").splitlines())
