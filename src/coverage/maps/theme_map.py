"""A theme's page: a Folium map of one styled layer of communes, wrapped in the project's own shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import folium
import shapely
from branca.element import Element, Figure, Link
from folium.elements import JSCSSMixin

from coverage.maps.page import Frame, render_page, templates
from coverage.maps.shapes import Geometries, label_point

COMMUNE_LINE = {"color": "#ffffff", "weight": 0.6, "fillOpacity": 1}
PROVINCE_LINE = {"color": "#495057", "weight": 1.1, "fill": False, "interactive": False}


class Page(Figure):
    """Folium's figure rendered in the page's own shell instead of Folium's default document.

    What Folium would write into the page as a script is left in ``map_script``, for a file of its own beside the page.
    """

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._name = "Page"
        self._frame = frame
        self.map_script = ""

    def render(self, **kwargs: Any) -> str:
        for child in self._children.values():
            child.render(**kwargs)
        self.map_script = self.script.render(**kwargs).strip() + "\n"
        links = [child for child in self.header._children.values() if isinstance(child, Link)]
        return render_page(
            "map.html.j2",
            self._frame,
            body=self.html.render(**kwargs),
            libraries=[link.render() for link in links],
        )


class CommunePanel(JSCSSMixin):
    """Layer switch, legend, search and detail panel for a layer of communes."""

    def __init__(self, communes: folium.GeoJson, provinces: folium.GeoJson | None) -> None:
        super().__init__()
        self._name = "CommunePanel"
        self._template = templates().get_template("commune_panel.js.j2")
        self.communes = communes
        self.provinces = provinces


def map_page(
    frame: Frame,
    records: Sequence[dict[str, Any]],
    shapes: Geometries,
    province_lines: dict[int, shapely.MultiLineString],
) -> tuple[str, str]:
    """The page as HTML and the script of its map: the same inputs give the same bytes.

    ``records`` and ``shapes`` (degrees) have one entry per commune; ``province_lines`` are keyed by place number.
    """
    page = Page(frame)
    country_map = _offline_map()
    page.add_child(country_map)
    if not all(shape.is_empty for shape in shapes):
        west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
        country_map.fit_bounds([[south, west], [north, east]], padding=(12, 12))
    communes = _commune_layer(frame, records, shapes)
    provinces = _province_layer(province_lines) if province_lines else None
    for layer in filter(None, (communes, provinces, CommunePanel(communes, provinces))):
        country_map.add_child(layer)
    _number_elements(page)
    return page.render(), page.map_script


def _offline_map() -> folium.Map:
    """A Folium map that loads Leaflet from beside the page and nothing else."""
    offline = folium.Map(tiles=None, zoom_control=False, attribution_control=False, zoom_snap=0.1)
    offline.default_js = [("leaflet", "assets/leaflet/leaflet.js")]
    offline.default_css = [("leaflet_css", "assets/leaflet/leaflet.css")]
    return offline


def _commune_layer(frame: Frame, records: Sequence[dict[str, Any]], shapes: Geometries) -> folium.GeoJson:
    theme = frame.headlines[0].theme
    fills = [entry["fill"] for entry in theme.layers[0].legend(theme.ramp)]
    features = [
        {"type": "Feature", "id": str(number), "properties": record, "geometry": shapely.geometry.mapping(shape)}
        for number, (record, shape) in enumerate(zip(records, shapes, strict=True))
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: {**COMMUNE_LINE, "fillColor": fills[feature["properties"]["classes"][0]]},
        smooth_factor=0,
    )


def _province_layer(lines: dict[int, shapely.MultiLineString]) -> folium.GeoJson:
    features = [
        {
            "type": "Feature",
            "id": str(place),
            "properties": {"place": place, "label": label_point(line)},
            "geometry": shapely.geometry.mapping(line),
        }
        for place, line in lines.items()
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda _: PROVINCE_LINE,
        smooth_factor=0,
        interactive=False,
    )


def _number_elements(page: Page) -> None:
    """Folium names elements at random; numbering them in order makes pages reproducible."""
    for number, element in enumerate(_walk(page), start=1):
        element._id = f"{number:02d}"


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():
        yield from _walk(child)
