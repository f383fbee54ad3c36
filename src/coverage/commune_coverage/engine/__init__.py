"""Parallel execution: serial, threads, processes, or a Dask cluster.

Every engine maps the same function over the same items and returns results in item order, so the bytes of a run do not
depend on the engine.
"""

from commune_coverage.engine.local import prestart_workers
from commune_coverage.engine.map_tasks import map_items
from commune_coverage.engine.settings import check_engine, engine_of

__all__ = ["check_engine", "engine_of", "map_items", "prestart_workers"]
