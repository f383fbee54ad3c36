"""A QGIS project of the GeoPackage beside it: every layer styled, paths relative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from commune_coverage.core.files import atomic_write
from commune_coverage.publish.open_data.about import About
from commune_coverage.publish.open_data.geopackage import GEOPACKAGE, aliases
from commune_coverage.publish.open_data.layers import Layer
from commune_coverage.publish.open_data.styles import QGIS_VERSION, Style, alias_element, styles_of

PROJECT = "commune_coverage.qgs"
_WGS84 = "EPSG:4326"
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_SHOWN = ("hubs_points", "communes_internet_gap")
"""Layers that are drawn when the project is opened; the others are a click away."""


def write_qgis_project(layers: Sequence[Layer], folder: Path, publication: About) -> None:
    """Write ``commune_coverage.qgs``; equal layers give equal bytes.

    Parameters
    ----------
    layers : sequence of Layer
        Those of the GeoPackage in the same folder.
    folder : Path
        Where the project goes.
    publication : About
        What it is called, and what each layer's metadata say.
    """
    root = ET.Element("qgis", projectname=publication.title, version=QGIS_VERSION)
    ET.SubElement(root, "title").text = publication.title
    root.append(_system("projectCrs"))
    drawn = list(_drawn(layers))
    root.append(_tree(drawn))
    root.append(_canvas(layers))
    listed = ET.SubElement(root, "projectlayers")
    listed.extend(_map_layer(layer, style, publication) for layer, style in drawn)
    order = ET.SubElement(root, "layerorder")
    for layer, style in drawn:
        ET.SubElement(order, "layer", id=_id(layer, style))
    paths = ET.SubElement(ET.SubElement(root, "properties"), "Paths")
    ET.SubElement(paths, "Absolute", type="bool").text = "false"
    with atomic_write(folder / PROJECT) as path:
        path.write_text(_HEAD + ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def _drawn(layers: Sequence[Layer]) -> Iterator[tuple[Layer, Style]]:
    """From the top down: points, then areas by each of their styles."""
    points = [layer for layer in layers if not styles_of(layer.name)[0].figure]
    areas = [layer for layer in layers if layer not in points]
    for layer in [*points, *areas[1:], *areas[:1]]:
        yield from ((layer, style) for style in styles_of(layer.name))


def _id(layer: Layer, style: Style) -> str:
    return f"{layer.name}_{style.name}"


def _title(layer: Layer, style: Style) -> str:
    name = layer.name.replace("_", " ").capitalize()
    return f"{name}: {style.title.lower()}" if style.figure else name


def _source(layer: Layer) -> str:
    return f"./{GEOPACKAGE}|layername={layer.name}"


def _tree(drawn: Sequence[tuple[Layer, Style]]) -> ET.Element:
    tree = ET.Element("layer-tree-group")
    for layer, style in drawn:
        checked = "Qt::Checked" if _id(layer, style) in _SHOWN else "Qt::Unchecked"
        ET.SubElement(
            tree, "layer-tree-layer", id=_id(layer, style), name=_title(layer, style), source=_source(layer),
            providerKey="ogr", checked=checked, expanded="0",
        )  # fmt: skip
    return tree


def _canvas(layers: Sequence[Layer]) -> ET.Element:
    canvas = ET.Element("mapcanvas", name="theMapCanvas")
    ET.SubElement(canvas, "units").text = "degrees"
    extent = ET.SubElement(canvas, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), layers[0].rows.total_bounds, strict=True):
        ET.SubElement(extent, name).text = f"{value:.6f}"
    ET.SubElement(canvas, "rotation").text = "0"
    canvas.append(_system("destinationsrs"))
    return canvas


def _map_layer(layer: Layer, style: Style, publication: About) -> ET.Element:
    geometry = "Polygon" if style.figure else "Point"
    element = ET.Element("maplayer", type="vector", geometry=geometry, styleCategories="AllStyleCategories")
    texts = {
        "id": _id(layer, style),
        "datasource": _source(layer),
        "layername": _title(layer, style),
        "title": _title(layer, style),
        "abstract": f"{layer.sentence} {publication.description}",
        "attribution": publication.publisher,
    }
    for name, text in texts.items():
        ET.SubElement(element, name).text = text
    element.append(_system("srs"))
    ET.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    element.extend((style.renderer, alias_element(aliases(layer.columns))))
    return element


def _system(name: str) -> ET.Element:
    element = ET.Element(name)
    system = ET.SubElement(element, "spatialrefsys")
    ET.SubElement(system, "authid").text = _WGS84
    return element
