"""Compare two published runs, table by table and page data file by page data file: equal apart from names and versions.

python tools/compare_runs.py OLD NEW      each a folder with ``data/`` and ``maps/`` in it

What may differ: the run's name, versions and digests, and what ``RENAMED`` lists. Prints every file that differs and
ends with exit code 1 when there is one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyarrow import feather

# Old spelling -> new spelling: of files below a run's folder, and of columns, keys and words in them.
MOVED: dict[str, str] = {
    "data/nights/night-": "data/updates/update-",
    "data/nights/": "data/updates/",
    "stages/settled.": "stages/urbanisation_grid.",
    "stages/signal/": "stages/radio/",
    "stages/users/": "stages/cell_users/",
    "stages/servers/": "stages/serving_cells/",
    "stages/busy/": "stages/busy_hour/",
    "stages/agreement.": "stages/model_validation.",
    "stages/beside/": "stages/direct_walks/",
    "stages/minutes/": "stages/travel_times/",
    "stages/reach/": "stages/hub_access/",
    "stages/shapes/": "stages/boundaries/",
    "stages/signal_picture.": "stages/signal_overlay.",
    "stages/minutes_pictures.": "stages/travel_overlays.",
    "stages/transmitters/channels.": "stages/transmitters/carriers.",
    "stages/transmitters/kinds.": "stages/transmitters/pathloss_classes.",
}
RENAMED: dict[str, str] = {
    "night": "run_date",
    "night_before": "previous_run_date",
    "nights": "updates",
    "channel": "carrier",
    "kind": "pathloss_class",
    "way": "compute_mode",
    "walking_links": "component_connectors",
    "is_afloat": "is_ferry",
    "largest_age_days": "max_age_days",
    **{f"busy_share_{bound}": f"cell_load_{bound}" for bound in ("value", "low", "high")},
    **{f"doubt_{name}": f"uncertainty_{name}" for name in ("model", "power", "height", "band", "position", "users")},
}
# Words of pages and reports of stages change with the words that are used.
_LEFT_OUT = ("words-", ".report.json", "manifest.json", "data_dictionary.csv", "update.json")
_RUN = re.compile(r"[A-Z]{3}-\d{8}-[0-9a-f]{12}")
_OWN_FOLDER = re.compile(rf"^{_RUN.pattern}/")
"""Pages have the folder of what they load named after their run."""
_COSTS = {
    "seconds",
    "cpu_seconds",
    "peak_memory_mb",
    "key",
    "basis",
    "digests",
    "reused",
    "versions",
    "run_id",
    "stages",
}


def main(old: Path, new: Path) -> int:
    """Print what differs; 1 when anything does."""
    compared, unlike = 0, []
    for part, shown, suffixes in (("data", "latest", READ), ("maps", "current/site", {".js": _text, ".json": _json})):
        folders = old / part / shown, new / part / shown
        ours, theirs = (_files(folder, suffixes, rename) for folder, rename in zip(folders, (True, False), strict=True))
        unlike += [f"only in one: {part}/{name}" for name in sorted(ours.keys() ^ theirs.keys())]
        for name in sorted(ours.keys() & theirs.keys()):
            compared += 1
            if not _same(ours[name], theirs[name], suffixes[theirs[name].suffix]):
                unlike.append(f"differs: {part}/{name}")
    print("\n".join([*unlike, f"{compared} files compared, {len(unlike)} differ"]))
    return int(bool(unlike) or not compared)


def _files(folder: Path, suffixes: dict[str, Any], rename: bool) -> dict[str, Path]:
    folder = folder.resolve()
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix in suffixes]
    names = {
        _OWN_FOLDER.sub("", path.relative_to(folder).as_posix()): path
        for path in found
        if not any(part in path.name for part in _LEFT_OUT)
    }
    return {_moved(name) if rename else name: path for name, path in names.items() if "/assets/" not in f"/{name}"}


def _moved(name: str) -> str:
    return next((after + name.removeprefix(before) for before, after in MOVED.items() if name.startswith(before)), name)


def _renamed(text: str) -> str:
    for before, after in RENAMED.items():
        text = re.sub(rf"(?<![A-Za-z0-9_]){re.escape(before)}(?![A-Za-z0-9_])", after, text)
    return text


def _same(old: Path, new: Path, read: Callable[[Path], Any]) -> bool:
    if old.read_bytes() == new.read_bytes():
        return True
    ours, theirs = read(old), read(new)
    if isinstance(ours, pd.DataFrame):
        ours = ours.rename(columns={name: _renamed(str(name)) for name in ours.columns})
        return bool(ours.equals(theirs))
    if isinstance(ours, dict) and all(isinstance(value, np.ndarray) for value in ours.values()):
        ours = {_renamed(name): array for name, array in ours.items()}
        return ours.keys() == theirs.keys() and all(_equal(ours[name], theirs[name]) for name in ours)
    return bool(_renamed(ours) == theirs if isinstance(ours, str) else _with_new_keys(ours) == theirs)


def _equal(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def _with_new_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {_renamed(name): _with_new_keys(inner) for name, inner in value.items()}
    return [_with_new_keys(inner) for inner in value] if isinstance(value, list) else value


def _text(path: Path) -> str:
    return _RUN.sub("", path.read_text(encoding="utf-8"))


def _json(path: Path) -> Any:
    return _without_costs(json.loads(_text(path)))


def _without_costs(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_costs(inner) for name, inner in value.items() if name not in _COSTS}
    return [_without_costs(inner) for inner in value] if isinstance(value, list) else value


def _frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The table without the run's name in its texts."""
    for name in frame.columns:
        if pd.api.types.is_string_dtype(frame[name].dtype) or frame[name].dtype == object:
            frame[name] = frame[name].map(lambda value: _RUN.sub("", value) if isinstance(value, str) else value)
    return frame


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return _frame(gpd.read_parquet(path))
    except ValueError:
        return _frame(pd.read_parquet(path))


def _npz(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


READ: dict[str, Callable[[Path], Any]] = {
    ".csv": _text,
    ".json": _json,
    ".parquet": _parquet,
    ".gpkg": lambda path: _frame(gpd.read_file(path)),
    ".npz": _npz,
    ".arrow": lambda path: feather.read_table(path).to_pandas(),
    ".npy": lambda path: {"array": np.load(path)},
    ".arrays": lambda path: {"bytes": np.frombuffer(path.read_bytes(), np.uint8)},
}

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
