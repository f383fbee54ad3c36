"""What a worker of a Dask cluster is set up with before its first task."""

from __future__ import annotations

from typing import Any

from distributed import WorkerPlugin

from commune_coverage.core.gdal_environment import restrict_gdal


class WorkerSetUp(WorkerPlugin):
    """Restricts GDAL on every worker, also on one that joins later."""

    name = "commune-coverage-set-up"

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - the interface of the library
        """Set up a worker; called by it."""
        restrict_gdal()
