"""The one place where work is spread: serial, threads, processes, or a Dask cluster.

Every setting maps the same function over the same items and returns results in item order,
so the bytes that follow do not depend on the setting.
"""

from commune_coverage.engine.local import prestart_workers
from commune_coverage.engine.map_tasks import map_items
from commune_coverage.engine.settings import check_engine, engine_of

__all__ = ["check_engine", "engine_of", "map_items", "prestart_workers"]
