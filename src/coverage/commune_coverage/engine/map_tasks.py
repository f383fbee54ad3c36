"""``map_items``: the same results in the same order on every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from commune_coverage.engine.local import map_locally
from commune_coverage.engine.settings import check_engine, cluster_of

Item = TypeVar("Item")
Result = TypeVar("Result")


def _no_files(_: object) -> Iterable[Path]:
    return ()


def map_items(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    engine: str,
    on_done: Callable[[], None] = lambda: None,
    *,
    reads: Callable[[Item], Iterable[Path]] = _no_files,
    writes: Callable[[Item], Iterable[Path]] = _no_files,
    size: Callable[[Item], float] | None = None,
) -> list[Result]:
    """Compute ``[function(item) for item in items]`` on an engine.

    Parameters
    ----------
    function : callable
        Of one item. It and the items must pickle and should be small: ids and paths, not geometries.
    items : sequence
        The items.
    engine : str
        "serial", "threads", "processes", a scheduler's address, or a cluster as ``engine_of`` gives it.
    on_done : callable
        Called once for each finished item.
    reads : callable
        Files and folders that an item reads, for workers that do not share this machine's disks; what does not exist is
        left out.
    writes : callable
        Files that an item writes.
    size : callable, optional
        Cost of an item in any unit: the largest begin first, so that none runs alone at the end.

    Returns
    -------
    list
        Results in item order, whatever the engine.

    Raises
    ------
    EngineError
        When workers cannot be reached or are lost. What ``function`` raises is raised too.
    """
    cluster = cluster_of(check_engine(engine))
    order = sorted(range(len(items)), key=lambda at: -size(items[at])) if size else list(range(len(items)))
    ordered = [items[at] for at in order]
    if not ordered:
        return []
    if cluster is None:
        results = map_locally(function, ordered, engine, on_done)
    else:
        # A run that has nothing to compute imports no library of arrays.
        from commune_coverage.engine.dask_cluster import map_remotely
        from commune_coverage.engine.file_staging import TaskFiles

        results = map_remotely(function, ordered, cluster, on_done, TaskFiles(reads, writes))
    by_item = dict(zip(order, results, strict=True))
    return [by_item[at] for at in range(len(items))]
