"""Files written whole or not at all, and the intermediate tables of a run."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commune_coverage.core.errors import UnreadableFileError

# A run that has nothing to do reads JSON alone: the libraries of tables are imported where tables are read.
if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


_TEMPORARY = re.compile(r"\.\d+-.")
_ROWS_AT_ONCE = 5_000
_SYNCS_AT_ONCE = 32
_SHAPES = "geometry"


@contextmanager
def atomic_write(target: Path, *, durable: bool = False) -> Iterator[Path]:
    """A temporary name next to ``target`` that takes its place once the block has ended well.

    A ``durable`` file is the old or the new one, whole, also after a power failure; any other may be empty then.
    """
    _make_folder(target.parent, durable)
    temporary = target.with_name(f".{os.getpid()}-{target.name}")
    temporary.unlink(missing_ok=True)  # a killed process of the same number may have left it as a name of another file
    try:
        yield temporary
        if durable:
            sync_path(temporary)
        temporary.replace(target)
        if durable:
            sync_path(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _make_folder(folder: Path, durable: bool) -> None:
    if folder.is_dir():
        return
    if durable:
        _make_folder(folder.parent, durable)
    folder.mkdir(parents=True, exist_ok=True)
    if durable:
        sync_path(folder.parent)


def sync_path(path: Path) -> None:
    """Have the disk hold a file's content, or the names in a folder. Raises OSError where it cannot."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path, root: Path) -> None:
    """Have the disk hold a folder with all that is in it, and its name and those of the folders above up to ``root``.

    Raises OSError where it cannot.
    """
    walked = [(Path(inner), names) for inner, _, names in os.walk(folder)]
    files = [path for inner, names in walked for name in names if not (path := inner / name).is_symlink()]
    # File systems write what is asked of them at the same time in one go.
    with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
        list(pool.map(sync_path, files))
        list(pool.map(sync_path, (inner for inner, _ in walked)))
    for above in folder.parents:
        if above.is_relative_to(root):
            sync_path(above)


def remove_temporaries(folder: Path) -> None:
    """Remove what writers that were killed left in a folder that nobody writes to any more."""
    for path in folder.rglob(".*"):
        if _TEMPORARY.match(path.name) and not path.is_dir():
            path.unlink()


def link_file(source: str | Path, target: str | Path) -> None:
    """The same file under another name where the file system can, else a copy. Files are replaced, never changed."""
    with atomic_write(Path(target)) as path:
        try:
            os.link(source, path)
        except OSError:
            shutil.copyfile(source, path)


def link_tree(source: Path, target: Path) -> None:
    """Every file below ``source`` under the same name below ``target``, as ``link_file`` puts it there."""
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        link_file(path, target / path.relative_to(source))


def replace_symlink(link: Path, target: Path) -> None:
    """Make ``link`` a relative symbolic link to ``target`` in one atomic step, which the disk holds afterwards."""
    temporary = link.with_name(f".{os.getpid()}-{link.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(os.path.relpath(target, link.parent))
    temporary.replace(link)
    sync_path(link.parent)


def write_json(target: Path, content: Any, *, durable: bool = False) -> None:
    """JSON with sorted keys, so that equal content is equal bytes."""
    with atomic_write(target, durable=durable) as path:
        path.write_text(
            json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=_plain) + "\n", encoding="utf-8"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def read_json(source: Path) -> Any:
    """Raises UnreadableFileError when the file is damaged."""
    try:
        return json.loads(source.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableFileError(
            f"'{source.parent.name}/{source.name}' is damaged; delete it and run again"
        ) from error


def write_table(target: Path, frame: pd.DataFrame, *, durable: bool = False) -> None:
    """A data frame, with or without geometry, as (Geo)Parquet."""
    with atomic_write(target, durable=durable) as path:
        frame.to_parquet(path, index=False)


def read_geo(source: Path) -> gpd.GeoDataFrame:
    """A table with its shapes, as geopandas reads it.

    geopandas has PROJ read the reference system at every table, longer than all else of a small one.
    """
    import geopandas as gpd
    from pyarrow import parquet

    table = parquet.read_table(source)
    columns = _geo_columns(table.schema)
    frame = table.drop_columns(_coverings(table.schema)).to_pandas()
    stated = columns[_SHAPES]["crs"]
    system = None if stated is None else _reference_system(json.dumps(stated))
    shapes = gpd.GeoSeries.from_wkb(frame[_SHAPES], frame.index, system)
    return gpd.GeoDataFrame(frame.assign(**{_SHAPES: shapes}), geometry=_SHAPES)


@cache
def _reference_system(projjson: str) -> Any:
    from pyproj import CRS

    return CRS(projjson)


def read_attributes(source: Path) -> pd.DataFrame:
    """The same table without its shapes."""
    from pyarrow import parquet

    schema = parquet.read_schema(source)
    shapes = [_SHAPES, *_coverings(schema)]
    return read_table(source, [name for name in schema.names if name not in shapes])


def _geo_columns(schema: Any) -> dict[str, Any]:
    """What GeoParquet says of its columns of shapes; nothing of a file that is none."""
    columns: dict[str, Any] = json.loads((schema.metadata or {}).get(b"geo", b'{"columns": {}}'))["columns"]
    return columns


def _coverings(schema: Any) -> list[str]:
    """Columns of bounds that let readers of GeoParquet 1.1 skip rows: no attributes."""
    coverings = (column.get("covering", {}).get("bbox") for column in _geo_columns(schema).values())
    return [bounds["xmin"][0] for bounds in coverings if bounds]


def read_shapes(source: Path) -> Iterator[Any]:
    """The shapes of a table, as arrays of some rows at a time."""
    import shapely
    from pyarrow import parquet

    for rows in parquet.ParquetFile(source).iter_batches(_ROWS_AT_ONCE, columns=[_SHAPES]):
        yield shapely.from_wkb(rows.column(0).to_numpy(zero_copy_only=False))


def read_table(source: Path, columns: list[str] | None = None) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(source, columns=columns)


def write_columns(target: Path, columns: dict[str, Any]) -> None:
    """Columns as an Arrow file that is mapped and not read."""
    import pyarrow as pa
    from pyarrow import feather

    with atomic_write(target) as path:
        feather.write_feather(pa.table(columns), path, compression="uncompressed")


def write_arrays(target: Path, write: Callable[[Any], None]) -> None:
    """A NumPy archive written by ``write(stream)``."""
    with atomic_write(target) as path, path.open("wb") as stream:
        write(stream)
