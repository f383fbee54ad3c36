"""The [cluster] section, and clusters that libraries start."""

import sys
from datetime import date
from types import ModuleType

import pytest
from distributed import LocalCluster, Status
from pydantic import ValidationError

from commune_coverage.config.cluster import Cluster, Gateway, Kubernetes
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError, EngineError
from commune_coverage.engine import engine_of, map_items
from commune_coverage.engine.clients import forget
from commune_coverage.engine.settings import cluster_of
from commune_coverage.quality.manifest import make_manifest
from tests import tiny
from tests.engine.test_engine import square

RUN_DATE = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scheduler": "host:8786"}, "a scheduler's address is such as"),
        ({"scheduler": "dask://h:1", "gateway": {"address": "https://g"}}, "name one of"),
        ({"kubernetes": {"name": "x", "spec": "y.yaml"}}, "give either 'name'"),
        ({"storage": "bucket/prefix"}, "is such as 's3://bucket/prefix'"),
        ({"storage": "s3://key:secret@bucket"}, "credentials come from the environment"),
        ({"storage": "s3://bucket?key=secret"}, "credentials come from the environment"),
    ],
)
def test_a_wrong_section_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        Cluster.model_validate(settings)


def test_the_country_file_names_the_cluster_and_a_run_is_named_without_it(tmp_path):
    path = tiny.write_files(tmp_path)
    before = make_manifest(load_country(path), path, RUN_DATE, {})
    with pytest.raises(EngineError, match="needs scheduler, gateway or kubernetes"):
        engine_of("cluster", load_country(path).cluster)
    path.write_text(path.read_text() + '\n[cluster.kubernetes]\nspec = "deploy/c.yaml"\nnamespace = "n"\n')
    country = load_country(path)
    assert country.cluster.kubernetes == Kubernetes(spec=tmp_path / "deploy/c.yaml", namespace="n")
    assert cluster_of(engine_of("cluster", country.cluster)) == country.cluster
    assert engine_of("processes", country.cluster) == "processes"
    assert make_manifest(country, path, RUN_DATE, {}) == before
    with pytest.raises(EngineError, match=r"no DaskCluster file at|pip install 'commune-coverage\[cluster\]'"):
        map_items(square, [1], engine_of("cluster", country.cluster))
    path.write_text(path.read_text() + '[cluster]\nstorage = "s3://key:secret@bucket"\n')
    with pytest.raises(CountryFileError) as error:
        load_country(path)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("cluster", "module"),
    [
        (Cluster(gateway=Gateway(address="https://g.example.org")), "dask_gateway"),
        (Cluster(kubernetes=Kubernetes(name="communes")), "dask_kubernetes"),
    ],
)
def test_a_missing_package_is_named(cluster, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, f"{module}.operator", None)
    with pytest.raises(EngineError, match=rf"needs the package {module}\S*: pip install 'commune-coverage\[cluster\]'"):
        map_items(square, [1], engine_of("cluster", cluster))


def test_a_gateway_is_called_once_and_its_cluster_closed(monkeypatch):
    calls, started = [], []

    class Door:
        def __init__(self, address):
            calls.append(address)

        def new_cluster(self, **options):
            calls.append(options)
            started.append(LocalCluster(1, threads_per_worker=1, processes=False, dashboard_address=None))
            return started[0]

    library = ModuleType("dask_gateway")
    library.Gateway = Door
    monkeypatch.setitem(sys.modules, "dask_gateway", library)
    cluster = Cluster(gateway=Gateway(address="https://g.example.org", options={"worker_memory": 8}), workers=2)
    engine = engine_of("cluster", cluster)
    assert [map_items(square, [2, 3], engine), map_items(square, [4], engine)] == [[4, 9], [16]]
    assert len(started[0].worker_spec) == 2
    forget(cluster)
    assert started[0].status == Status.closed
    assert calls == ["https://g.example.org", {"shutdown_on_close": True, "worker_memory": 8}]
