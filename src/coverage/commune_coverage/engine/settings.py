"""Engine settings: an engine of this machine, a scheduler's address, or the country file's cluster."""

from __future__ import annotations

from pydantic import ValidationError

from commune_coverage.config.cluster import SCHEDULER, Cluster
from commune_coverage.core.errors import EngineError

LOCAL = {"serial": "synchronous", "threads": "threads", "processes": "processes"}
CLUSTER = "cluster"
_SETTINGS = f"{CLUSTER}:"


def check_engine(engine: str) -> str:
    """Check that an engine exists.

    Parameters
    ----------
    engine : str
        The setting.

    Returns
    -------
    str
        The same.

    Raises
    ------
    EngineError
        For one that does not exist.
    """
    if engine not in LOCAL and engine != CLUSTER and not engine.startswith((*SCHEDULER, _SETTINGS)):
        raise EngineError(
            f"engine '{engine}' is not one of {', '.join(LOCAL)}, cluster or a scheduler address such as "
            "tcp://host:8786"
        )
    return engine


def engine_of(engine: str, cluster: Cluster) -> str:
    """Complete an engine by the cluster of the country file.

    Parameters
    ----------
    engine : str
        The setting.
    cluster : Cluster
        The country file's section.

    Returns
    -------
    str
        The setting as a run records it, with all that is needed to connect.

    Raises
    ------
    EngineError
        For an engine that does not exist, and for "cluster" where the file names none.
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
    """Read the cluster of a checked engine.

    Parameters
    ----------
    engine : str
        The setting, as ``engine_of`` gives it.

    Returns
    -------
    Cluster or None
        None for this machine.

    Raises
    ------
    EngineError
        For "cluster" without its settings.
    """
    if engine in LOCAL:
        return None
    if engine.startswith(SCHEDULER):
        return Cluster(scheduler=engine)
    try:
        return Cluster.model_validate_json(engine.removeprefix(_SETTINGS))
    except ValidationError:
        raise EngineError("engine 'cluster' is what [cluster] in the country file says; start from that file") from None
