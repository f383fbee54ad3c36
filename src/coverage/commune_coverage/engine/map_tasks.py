"""``map_items``: the same results in the same order, wherever the work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from commune_coverage.engine.dask_cluster import map_remotely
from commune_coverage.engine.file_staging import TaskFiles
from commune_coverage.engine.local import map_locally
from commune_coverage.engine.settings import check_engine, cluster_of

Item = TypeVar("Item")
Result = TypeVar("Result")


def _none(_: object) -> Iterable[Path]:
    return ()


def map_items(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    engine: str,
    on_done: Callable[[], None] = lambda: None,
    *,
    reads: Callable[[Item], Iterable[Path]] = _none,
    writes: Callable[[Item], Iterable[Path]] = _none,
    size: Callable[[Item], float] | None = None,
) -> list[Result]:
    """``[function(item) for item in items]``, spread as ``engine`` says.

    ``function`` and the items must pickle and should be small: ids and paths, not geometries.
    ``on_done`` is called once for each finished item. ``reads`` and ``writes`` name the files (of ``reads`` also
    folders) of an item, for workers that do not share this machine's disks; a file that is not there is left out.
    ``size`` is what an item costs in any unit: the largest begin first, so that none runs on alone at the end.
    Raises EngineError when workers cannot be reached or are lost, and what ``function`` raises.
    """
    cluster = cluster_of(check_engine(engine))
    order = sorted(range(len(items)), key=lambda at: -size(items[at])) if size else list(range(len(items)))
    chosen = [items[at] for at in order]
    if not chosen:
        return []
    found = (
        map_locally(function, chosen, engine, on_done)
        if cluster is None
        else map_remotely(function, chosen, cluster, on_done, TaskFiles(reads, writes))
    )
    by_item = dict(zip(order, found, strict=True))
    return [by_item[at] for at in range(len(items))]
