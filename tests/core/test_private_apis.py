"""What is relied on of other libraries without their promise: a new version is looked at before it is let in."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import folium
import numpy as np
import pytest
import rasterio
from branca.element import Element, Figure, MacroElement
from numba import config, njit
from numba.core.errors import NumbaError

from commune_coverage.core.private_apis import WITHOUT_RUNTIME, children_of, gdal_error, set_element_id

# Minor versions with which these tests have passed; another is added once they pass with it.
HOLDS_FOR = {"branca": ("0.8",), "folium": ("0.20",), "numba": ("0.68",), "rasterio": ("1.4",)}

compiles = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="NUMBA_DISABLE_JIT is set")


@pytest.mark.parametrize("library", HOLDS_FOR)
def test_the_installed_version_is_one_that_was_looked_at(library: str) -> None:
    assert version(library).startswith(tuple(f"{known}." for known in HOLDS_FOR[library]))


@compiles
def test_numba_compiles_loops_without_its_runtime() -> None:
    @njit(**WITHOUT_RUNTIME)
    def total(values: np.ndarray) -> float:
        result = 0.0
        for value in values:
            result += value
        return result

    assert total(np.arange(5.0)) == 10.0
    assert "NRT_incref" not in "".join(total.inspect_llvm().values())


@compiles
def test_numba_refuses_arrays_without_its_runtime() -> None:
    @njit(**WITHOUT_RUNTIME)
    def zeros(count: int) -> np.ndarray:
        return np.zeros(count)

    with pytest.raises(NumbaError, match="Only accept returning of array passed into the function"):
        zeros(3)


def test_branca_keeps_children_in_order() -> None:
    figure, first, second = Figure(), Element("a"), Element("b")
    figure.html.add_child(first)
    figure.html.add_child(second)
    assert list(children_of(figure.html))[-2:] == [first, second]
    assert list(children_of(first)) == []


def test_branca_names_elements_by_their_id() -> None:
    element = MacroElement()
    set_element_id(element, "07")
    assert element.get_name() == "macro_element_07"


def test_folium_names_its_maps_by_their_id_in_html_and_script() -> None:
    shown = folium.Map(tiles=None)
    set_element_id(shown, "07")
    page = shown.get_root().render()
    assert 'id="map_07"' in page
    assert "var map_07 = L.map(" in page


def test_rasterio_raises_errors_of_gdal_that_it_did_not_look_for_as_one_class(tmp_path: Path) -> None:
    """A world file of a line that GDAL finds too long, met when the colours of a band are asked for."""
    path = tmp_path / "u.tif"
    with rasterio.open(path, "w", driver="GTiff", height=4, width=4, count=1, dtype="uint8") as target:
        target.write(np.ones((1, 4, 4), "uint8"))
    (tmp_path / "u.wld").write_text("x" * 5_000)
    with rasterio.open(path) as source, pytest.raises(gdal_error()):
        _ = source.colorinterp
