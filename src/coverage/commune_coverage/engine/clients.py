"""Clients of a Dask cluster: by its scheduler's address, through a Dask Gateway, or through Kubernetes."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from commune_coverage.config.cluster import Cluster, Gateway, Kubernetes
from commune_coverage.core.errors import CoverageError, EngineError

CONNECT_TIMEOUT_S = 15
# What speaks for it; it runs no code of this package.
_OF_SCHEDULER = ("python", "dask", "distributed", "msgpack", "cloudpickle", "tornado")
_started: dict[str, Any] = {}


@contextmanager
def connected(cluster: Cluster) -> Iterator[Any]:
    """Connect a client while the block lasts.

    Parameters
    ----------
    cluster : Cluster
        How to connect. A cluster that has to be started serves all blocks of this process.

    Yields
    ------
    distributed.Client
        The client.

    Raises
    ------
    EngineError
        When a package is missing, the cluster cannot be started, refuses this machine or is refused by it, or its
        scheduler or a worker has other versions.
    OSError
        When no scheduler answers.
    """
    from commune_coverage.engine.worker_set_up import WorkerSetUp

    with _client(cluster) as client, client.as_current():
        _require_same_dask(client, cluster)
        client.register_plugin(WorkerSetUp())
        yield client


def _client(cluster: Cluster) -> Any:
    from distributed import Client
    from distributed.comm import CommClosedError

    scheduler = _scheduler(cluster)
    try:
        return Client(scheduler, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    except (CommClosedError, RuntimeError, TypeError):  # the library's own for connections that TLS does not allow
        raise EngineError(
            f"{name_of(cluster)} and this machine do not trust each other; give both tls:// and certificates of one"
            " authority (docs/distributed.md)"
        ) from None


def _require_same_dask(client: Any, cluster: Cluster) -> None:
    """Refuse a scheduler of another Dask or Python; what computes is compared on the workers."""
    versions = client.get_versions()
    here, there = versions["client"]["packages"], versions["scheduler"]["packages"]
    if differing := [name for name in _OF_SCHEDULER if here[name] != there.get(name)]:
        what = ", ".join(f"{name} {there.get(name)}, not {here[name]}" for name in differing)
        raise EngineError(
            f"the scheduler at {name_of(cluster)} has other versions than the coordinator ({what}); install the same"
            " on both"
        )


def name_of(cluster: Cluster) -> str:
    """Name a cluster in messages.

    Parameters
    ----------
    cluster : Cluster
        The cluster.

    Returns
    -------
    str
        Its address or name.
    """
    if cluster.gateway is not None:
        return cluster.gateway.address
    if cluster.kubernetes is not None:
        return f"Kubernetes cluster '{cluster.kubernetes.name or cluster.kubernetes.spec}'"
    return _tcp(cluster.scheduler or "")


def _tcp(address: str) -> str:
    return address.replace("dask://", "tcp://", 1)


def forget(cluster: Cluster) -> None:
    """Close what was started for a cluster that was lost; the next run starts another.

    Parameters
    ----------
    cluster : Cluster
        The cluster.
    """
    started = _started.pop(cluster.model_dump_json(), None)
    if started is not None:
        with suppress(Exception):
            started.close()


def _scheduler(cluster: Cluster) -> Any:
    """Find what a client connects to: an address, or the cluster of a library, which lives as long as this process."""
    if cluster.scheduler is not None:
        return _tcp(cluster.scheduler)
    key = cluster.model_dump_json()
    if key not in _started:
        _started[key] = _start(cluster)
        atexit.register(forget, cluster)
    return _started[key]


def _start(cluster: Cluster) -> Any:
    try:
        if cluster.gateway is not None:
            return _of_gateway(cluster.gateway, cluster.workers)
        return _of_kubernetes(cluster.kubernetes)
    except CoverageError:
        raise
    except ImportError as error:
        raise EngineError(
            f"{name_of(cluster)} needs the package {error.name}: pip install 'commune-coverage[cluster]'"
        ) from None
    except Exception as error:  # noqa: BLE001 - the libraries raise those of their transports, with tokens in them
        raise EngineError(f"{name_of(cluster)} gave no cluster ({type(error).__name__}); see that it runs") from None


def _of_gateway(gateway: Gateway, workers: int) -> Any:
    from dask_gateway import Gateway as Client

    cluster = Client(gateway.address).new_cluster(shutdown_on_close=True, **gateway.options)
    cluster.scale(workers)
    return cluster


def _of_kubernetes(kubernetes: Kubernetes | None) -> Any:
    if kubernetes is None:
        raise EngineError("[cluster] names no scheduler, gateway or kubernetes")
    from dask_kubernetes.operator import KubeCluster
    from dask_kubernetes.operator.kubecluster.kubecluster import reap_clusters

    # At exit the library would close clusters that it could not reach, with a traceback; ours are closed by forget.
    atexit.unregister(reap_clusters)
    if kubernetes.spec is not None and not kubernetes.spec.is_file():
        raise EngineError(f"no DaskCluster file at '{kubernetes.spec}'; deploy/kubernetes/cluster.yaml is one")
    if kubernetes.name is not None:
        return KubeCluster.from_name(kubernetes.name, namespace=kubernetes.namespace, quiet=True)
    return KubeCluster(custom_cluster_spec=str(kubernetes.spec), namespace=kubernetes.namespace, quiet=True)
