"""What a worker of a Dask cluster is set up with before its first task."""

from __future__ import annotations

from typing import Any

from distributed import WorkerPlugin

from commune_coverage.core.gdal_environment import restrict_gdal
from commune_coverage.core.resources import tune_gc, tune_malloc
from commune_coverage.core.versions import library_versions, require_same_versions


class WorkerSetUp(WorkerPlugin):
    """Refuses workers of other code or with other libraries; restricts GDAL, also on a worker that joins later."""

    name = "commune-coverage-set-up"

    def __init__(self) -> None:
        """Hold the coordinator's versions."""
        self.versions = library_versions()

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - the interface of the library
        """Set up a worker; called by it. Raises EngineError where its versions are others."""
        require_same_versions(self.versions)
        restrict_gdal()
        tune_gc()
        tune_malloc()
