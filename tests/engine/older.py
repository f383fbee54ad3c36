"""Preloaded by a worker or a scheduler: its code, and its Dask, are others than the coordinator's."""

from distributed import versions as of_dask

from commune_coverage.core import versions

_real = of_dask.get_package_info

versions.code_hash = lambda: "older"
of_dask.get_package_info = lambda packages: _real(packages) | {"dask": "2020.1.0"}
