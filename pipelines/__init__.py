"""Prefect flows: they run the stages that the command line runs, with schedule, retries and artifacts."""

from commune_coverage.core.gdal_environment import restrict_gdal

restrict_gdal()
