"""The one place where work is spread: serial, threads, processes, or a Dask cluster.

Every setting maps the same function over the same items and returns results in item order,
so the bytes that follow do not depend on the setting.
"""

from coverage.engine.choice import check_engine, engine_of
from coverage.engine.local import get_ready
from coverage.engine.spread import map_items

__all__ = ["check_engine", "engine_of", "get_ready", "map_items"]
