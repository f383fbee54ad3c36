"""Map pages: Folium maps in the project's own shell, drawn from the data files next to the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import folium
import shapely
from branca.element import Element, Figure, Link
from folium.elements import JSCSSMixin

from commune_coverage.core.private_apis import children_of, set_element_id
from commune_coverage.site.geometry.generalise import Geometries
from commune_coverage.site.pages.layout import PageContext, base_map_of, render_page, templates


class Page(Figure):
    """Folium's figure rendered in the page's own shell instead of Folium's default document.

    What Folium would write into the page as a script is left in ``map_script``, for a file of its own next to the page.
    """

    def __init__(self, template: str, frame: PageContext) -> None:
        super().__init__()
        self._name = "Page"
        self._page_template = template
        self._frame = frame
        self.map_script = ""

    def render(self, **kwargs: Any) -> str:
        for child in children_of(self):
            child.render(**kwargs)
        self.map_script = self.script.render(**kwargs).strip() + "\n"
        links = [child for child in children_of(self.header) if isinstance(child, Link)]
        bodies = [child.render(**kwargs) for child in children_of(self.html)]
        return render_page(self._page_template, self._frame, bodies, [link.render() for link in links])


class Shown(JSCSSMixin):
    """What the page's scripts draw on one or two maps, once Folium has made them: ``function`` gets the maps."""

    def __init__(self, function: str, maps: Sequence[folium.Map]) -> None:
        super().__init__()
        self._name = "Shown"
        self._template = templates().get_template("shown.js.j2")
        self.function = function
        self.maps = maps


def map_page(
    template: str, frame: PageContext, shapes: Geometries, function: str = "showMap", count: int = 1
) -> tuple[str, str]:
    """The page as HTML and the script of its ``count`` maps of the whole country: same inputs, same bytes.

    ``shapes`` (degrees) have one entry per commune.
    """
    page = Page(template, frame)
    maps = [_offline_map(base_map_of(frame.report), frame.files_at) for _ in range(count)]
    for one in maps:
        page.add_child(one)
        if not all(shape.is_empty for shape in shapes):
            west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
            one.fit_bounds([[south, west], [north, east]], padding=(12, 12))
    maps[-1].add_child(Shown(function, maps))
    _number_elements(page)
    return page.render(), page.map_script


def _offline_map(base: Mapping[str, Any] | None, files_at: str) -> folium.Map:
    """A Folium map that loads Leaflet from the page's own files, and nothing else without a base map."""
    offline = folium.Map(tiles=None, zoom_control=False, attribution_control=base is not None, zoom_snap=0.1)
    offline.default_js = [("leaflet", f"{files_at}/assets/leaflet/leaflet.js")]
    offline.default_css = [("leaflet_css", f"{files_at}/assets/leaflet/leaflet.css")]
    if base is not None:
        folium.TileLayer(
            base["base_map"], attr=escape(base["base_map_attribution"]), max_native_zoom=base["base_map_zoom"]
        ).add_to(offline)
    return offline


def _number_elements(page: Page) -> None:
    """Folium names elements at random; numbering them in order makes pages reproducible."""
    for number, element in enumerate(_walk(page), start=1):
        set_element_id(element, f"{number:02d}")


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in children_of(element):
        yield from _walk(child)
