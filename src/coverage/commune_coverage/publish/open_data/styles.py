"""How QGIS draws the layers: shares of people in colours of the pages, what is unknown in grey, points as marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from commune_coverage.publish.open_data.areas import GAPS
from commune_coverage.site.themes.classification import RAMPS

QGIS_VERSION = "3.22.0"
_UNKNOWN = "#d9d9d9"
_LIMITS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_AREAS = {"communes": "0.1", "districts": "0.3", "provinces": "0.6"}
_MARKS = {
    "sites": ("triangle", "#636363"),
    "hubs": ("square", "#e6550d"),
    "payments": ("circle", "#31a354"),
    "institutions": ("diamond", "#756bb1"),
}
_OTHER_MARK = ("circle", "#3182bd")


@dataclass(frozen=True)
class Style:
    """A way to draw a layer.

    Attributes
    ----------
    name, title : str
        The style's name, and what it shows.
    figure : str
        The share that areas are coloured by; '' for points.
    layer : str
        The layer.
    """

    name: str
    title: str
    figure: str
    layer: str

    @property
    def renderer(self) -> ET.Element:
        """The element ``renderer-v2``."""
        return _areas(self) if self.figure else _points(self.layer)

    def qml(self, names: Mapping[str, str]) -> str:
        """The style as QGIS keeps it, with the columns' names for people."""
        root = ET.Element("qgis", version=QGIS_VERSION, styleCategories="Symbology|Fields")
        root.append(self.renderer)
        root.append(alias_element(names))
        return ET.tostring(root, encoding="unicode")


def styles_of(layer: str) -> list[Style]:
    """The styles of a layer, that which is taken without being asked for first."""
    if layer not in _AREAS:
        return [Style("points", f"Each of {layer.replace('_', ' ')}", "", layer)]
    return [Style(gap, f"{_said(gap)}, share of people", f"{gap}_share", layer) for gap in GAPS]


def alias_element(names: Mapping[str, str]) -> ET.Element:
    """The element ``aliases``."""
    aliases = ET.Element("aliases")
    for index, (field, name) in enumerate(names.items(), 1):
        ET.SubElement(aliases, "alias", index=str(index), field=field, name=name)
    return aliases


def _said(gap: str) -> str:
    words = gap.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _areas(style: Style) -> ET.Element:
    """Classes of a share, and one for what is unknown: a rule each."""
    renderer = ET.Element("renderer-v2", type="RuleRenderer", symbollevels="0", enableorderby="0", forceraster="0")
    rules = ET.SubElement(renderer, "rules", key="root")
    symbols = ET.SubElement(renderer, "symbols")
    colours = RAMPS[style.figure.partition("_")[0]]
    field = f'"{style.figure}"'
    for number, (low, high, colour) in enumerate(zip(_LIMITS, _LIMITS[1:], colours, strict=False)):
        below = "<=" if high == _LIMITS[-1] else "<"
        _rule(rules, number, f"{field} >= {low} AND {field} {below} {high}", f"{low:.0%} to {high:.0%}")
        symbols.append(_fill(number, colour, _AREAS[style.layer]))
    _rule(rules, len(colours), f"{field} IS NULL", "not known")
    symbols.append(_fill(len(colours), _UNKNOWN, _AREAS[style.layer]))
    return renderer


def _rule(rules: ET.Element, symbol: int, where: str, label: str) -> None:
    ET.SubElement(rules, "rule", key=f"rule{symbol}", symbol=str(symbol), filter=where, label=label)


def _points(layer: str) -> ET.Element:
    shape, colour = _MARKS.get(layer, _OTHER_MARK)
    renderer = ET.Element("renderer-v2", type="singleSymbol", symbollevels="0", enableorderby="0", forceraster="0")
    symbols = ET.SubElement(renderer, "symbols")
    options = {"name": shape, "color": _rgba(colour), "outline_color": _rgba("#ffffff"), "outline_width": "0.1"}
    symbols.append(_symbol(0, "marker", "SimpleMarker", options | {"size": "1.8", "size_unit": "MM"}))
    return renderer


def _fill(number: int, colour: str, line_mm: str) -> ET.Element:
    options = {"color": _rgba(colour), "style": "solid", "outline_color": _rgba("#525252"), "outline_style": "solid"}
    return _symbol(number, "fill", "SimpleFill", options | {"outline_width": line_mm, "outline_width_unit": "MM"})


def _symbol(number: int, kind: str, drawn_by: str, options: Mapping[str, str]) -> ET.Element:
    symbol = ET.Element("symbol", type=kind, name=str(number), alpha="1", clip_to_extent="1", force_rhr="0")
    layer = ET.SubElement(symbol, "layer", {"class": drawn_by, "enabled": "1", "locked": "0", "pass": "0"})
    listed = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(listed, "Option", name=name, type="QString", value=value)
    return symbol


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},255"
