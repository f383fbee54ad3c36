"""All open formats of an edition, as far as the country file asks for them."""

from __future__ import annotations

from pathlib import Path

from commune_coverage.config.exports import Exports
from commune_coverage.publish.open_data.about import About
from commune_coverage.publish.open_data.data_package import write_data_package
from commune_coverage.publish.open_data.geopackage import write_geopackage
from commune_coverage.publish.open_data.hxl import write_hxl
from commune_coverage.publish.open_data.layers import layers_of
from commune_coverage.publish.open_data.points import write_points
from commune_coverage.publish.open_data.qgis import write_qgis_project
from commune_coverage.publish.open_data.table_files import tables_in
from commune_coverage.publish.open_data.workbook import write_workbook


def write_open_data(source: Path, target: Path, publication: About, exports: Exports) -> None:
    """Write an edition's tables in the formats that the country file asks for.

    Parameters
    ----------
    source : Path
        The folder of the edition's tables: nothing else is read.
    target : Path
        Where the files go; it may be the same folder.
    publication : About
        What is said of the edition.
    exports : Exports
        Which formats.
    """
    target.mkdir(parents=True, exist_ok=True)
    tables = list(tables_in(source))
    layers = list(layers_of(tables)) if exports.geopackage or exports.points else []
    if exports.data_package:
        write_data_package(tables, target, publication)
    if exports.workbook:
        write_workbook(tables, target, publication)
    if exports.hxl:
        write_hxl(tables, target)
    if exports.geopackage:
        write_geopackage(layers, target, publication)
        write_qgis_project(layers, target, publication)
    if exports.points:
        write_points(layers, target)
