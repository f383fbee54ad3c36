"""What an engine's setting says: one of this machine's, a scheduler's address, or the country file's cluster."""

from __future__ import annotations

from pydantic import ValidationError

from commune_coverage.config.cluster import SCHEDULER, Cluster
from commune_coverage.core.errors import EngineError

LOCAL = {"serial": "synchronous", "threads": "threads", "processes": "processes"}
CLUSTER = "cluster"
_SETTINGS = f"{CLUSTER}:"


def check_engine(engine: str) -> str:
    """The setting itself; raises EngineError for one that does not exist."""
    if engine not in LOCAL and engine != CLUSTER and not engine.startswith((*SCHEDULER, _SETTINGS)):
        raise EngineError(
            f"engine '{engine}' is not one of {', '.join(LOCAL)}, cluster or a scheduler address such as "
            "tcp://host:8786"
        )
    return engine


def engine_of(engine: str, cluster: Cluster) -> str:
    """The setting as a run keeps it, with what the country file says of its cluster.

    Raises EngineError for a setting that does not exist, and for 'cluster' where the file names none.
    """
    check_engine(engine)
    if engine == CLUSTER:
        if cluster == cluster.model_copy(update={"scheduler": None, "gateway": None, "kubernetes": None}):
            raise EngineError("engine 'cluster' needs scheduler, gateway or kubernetes under [cluster] in the file")
        return _SETTINGS + cluster.model_dump_json(exclude_none=True)
    if engine.startswith(SCHEDULER) and cluster.storage is not None:
        return _SETTINGS + Cluster(scheduler=engine, storage=cluster.storage).model_dump_json(exclude_none=True)
    return engine


def cluster_of(engine: str) -> Cluster | None:
    """The cluster that a checked setting means; None for this machine. Raises EngineError for one that is cut off."""
    if engine in LOCAL:
        return None
    if engine.startswith(SCHEDULER):
        return Cluster(scheduler=engine)
    try:
        return Cluster.model_validate_json(engine.removeprefix(_SETTINGS))
    except ValidationError:
        raise EngineError("engine 'cluster' is what [cluster] in the country file says; start from that file") from None
