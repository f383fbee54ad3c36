"""The same invented country as a regulator's own registers would bring it: other formats, other faults."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.core.files import atomic_write
from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import HOSTILE_NAMES, Fault, Planted, Row, changed, spoil_communes
from commune_coverage.synthetic.frame import stream
from commune_coverage.synthetic.raw_files import delimited, label, write_bytes, write_road_pbf, write_shapefile_zip
from commune_coverage.synthetic.towers import OPERATORS
from commune_coverage.synthetic.transport_files import write_transport
from commune_coverage.synthetic.world import HUB_TAGS, PAYMENT_TAGS, SORTING_TAGS, World
from commune_coverage.synthetic.yearbook_files import write_yearbook

TECHNOLOGY_WORDS = {"2g": "GSM 900", "3g": "UMTS", "4g": "LTE", "5g": "5G NR"}
HUB_WORDS = {
    "post_office": "Bureau de poste",
    "courier": "Coursier",
    "parcel_locker": "Consigne",
    "post_depot": "Centre de tri",
    "port": "Port",
}
PAYMENT_WORDS = {"bank": "Bank branch", "atm": "ATM", "money_transfer": "Agent"}
_KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
FLOOD_DEG = 0.03
_VANISHED_CODE = "990199"
_DISTRICT_DIGITS, _HOME_PEOPLE = 4, 4.5


def write_register_files(world: World, folder: Path, planted: Planted) -> None:
    """Boundaries, names, register of cells, villages, population, hubs, payment points and roads."""
    frame = spoil_communes(world.communes[["commune_code", "geometry"]], "communes", "boundaries.zip", planted)
    write_shapefile_zip(folder / "boundaries.zip", gpd.GeoDataFrame(frame).rename(columns={"commune_code": "CODE"}))
    _names(world, folder / "names.csv", planted)
    _register(world, folder / "register.csv", planted)
    _villages(world, folder)
    _population(world, folder / "population.csv", planted)
    _hubs(world, folder / "hubs.csv", planted)
    _payments(world, folder / "payments.geojson", planted)
    write_road_pbf(folder / "roads.osm.pbf", world.roads)
    _flood(world, folder / "flood.geojson", planted)
    _fixed_lines(world, folder / "fixed_lines.csv", planted)
    write_transport(world, folder, planted)
    write_yearbook(world, folder, planted)
    titles = {
        "boundaries.zip": "Commune boundaries",
        "names.csv": "Commune names",
        "register.csv": "Register of cells",
        "villages.csv": "Villages",
        "population.csv": "Population by commune",
        "hubs.csv": "Delivery hubs",
        "payments.geojson": "Payment points",
        "roads.osm.pbf": "Roads",
        "flood.geojson": "Floods",
        "fixed_lines.csv": "Households that fixed lines reach",
    }
    for name, title in titles.items():
        label(folder / name, title, world.seed)


def _names(world: World, path: Path, planted: Planted) -> None:
    """UTF-16 with CRLF, as a spreadsheet saves 'Unicode text'."""
    columns = ["commune_code", "commune_name", "commune_name_km", "district_name", "province_name"]
    good = world.communes[columns].to_numpy().tolist()
    good[5][1] = HOSTILE_NAMES[0]
    faults: list[Fault] = [(list(good[2]), Reason.DUPLICATE_ID), (["", "?", "", "", ""], Reason.MISSING_CODE)]
    rows = planted.insert("communes.gazetteer", path.name, good, faults, first_line=2)
    header = ["Code", "Name", "Khmer name", "District", "Province"]
    write_bytes(path, delimited([header, *rows], "\t", "\r\n").encode("utf-16"))


def _register(world: World, path: Path, planted: Planted) -> None:
    """Semicolons, byte order mark, decimal commas; some rows in degrees and minutes, some in Khmer digits."""
    cells = world.cells
    rng = stream(world.seed, "register")
    height_m = rng.choice([20, 30, 45, 60], len(cells))
    number = cells["site"].astype(str) + "-" + cells["technology"] + "-" + cells["sector"].astype(str)
    positions = [
        _written(lon, lat, row % 50)
        for row, (lon, lat) in enumerate(zip(cells["lon"].tolist(), cells["lat"].tolist(), strict=True))
    ]
    operator = [OPERATORS[row].name for row in cells["operator"]]
    columns = zip(number, operator, cells["technology"].map(TECHNOLOGY_WORDS), positions, height_m, strict=True)
    good: list[Row] = [[cell, name, word, *position, f"{height},0"] for cell, name, word, position, height in columns]
    first = good[1]

    def new(number: int, **fields: str) -> Row:
        return changed(first, f0=f"X{number}", **fields)

    faults: list[Fault] = [
        (first[:4], Reason.RAGGED_ROW),
        (new(1, f2=""), Reason.MISSING_VALUE),
        (new(2, f2="WiMAX"), Reason.UNKNOWN_TECHNOLOGY),
        (new(3, f3=""), Reason.COORDINATE_MISSING),
        (new(4, f4="not known"), Reason.NOT_A_NUMBER),
        (new(5, f5="5000"), "blank"),
        (new(6, f5="high"), "blank"),
        (list(good[2]), Reason.DUPLICATE_ROW),
        (new(7, f3=first[4], f4=first[3]), Reason.SWAPPED_COORDINATES),
    ]
    rows = planted.insert("towers", path.name, good, faults, first_line=2)
    header = ["Site", "Opérateur", "Technologie", "Longitude", "Latitude", "Hauteur (m)"]
    write_bytes(path, delimited([header, *rows], ";", "\r\n").encode("utf-8-sig"))


def _written(lon: float, lat: float, style: int) -> list[str]:
    """A position as registers hold it: mostly decimal commas."""
    if style == 7:
        return [_in_minutes(lon, "EW"), _in_minutes(lat, "NS")]
    texts = [f"{value:.6f}".replace(".", ",") for value in (lon, lat)]
    return [text.translate(_KHMER_DIGITS) for text in texts] if style == 9 else texts


def _in_minutes(degrees: float, sides: str) -> str:
    tenths = round(abs(degrees) * 36_000)
    whole, rest = divmod(tenths, 36_000)
    return f"{whole}°{rest // 600:02d}'{rest % 600 / 10:04.1f}\"{sides[degrees < 0]}".replace(".", ",")


def _village_codes(world: World) -> pd.Series:
    """Eight digits; villages of the second commune still carry its code of an older vintage."""
    places = world.settlements
    own = world.communes["commune_code"].to_numpy()[places["commune"]]
    own = np.where(places["commune"] == 1, _old_code(world, 1), own)
    number = places.groupby("commune").cumcount() + 1
    return pd.Series(own, index=places.index) + number.map("{:02d}".format)


def _old_code(world: World, row: int) -> str:
    return f"{world.communes['province_code'].iloc[row]}99{row:02d}"


def _villages(world: World, folder: Path) -> None:
    """cp1252 with bare carriage returns, codes without their leading zeros, no numbers of people."""
    places = world.settlements
    columns = zip(places["lon"], places["lat"], _village_codes(world), places["name"], strict=True)
    rows = [[f"{lon:.6f}", f"{lat:.6f}", code.lstrip("0"), name] for lon, lat, code, name in columns]
    text = delimited([["longitude", "latitude", "vil_code", "village"], *rows], ",", "\r")
    write_bytes(folder / "villages.csv", text.encode("cp1252"))


def _population(world: World, path: Path, planted: Planted) -> None:
    """Mac Roman with bare carriage returns; of three codes gone since, two can be placed."""
    communes = world.communes
    people = world.settlements.groupby("commune")["people"].sum().reindex(range(len(communes)), fill_value=0)
    codes = communes["commune_code"].tolist()
    codes[1], codes[2] = _old_code(world, 1), _old_code(world, 2)
    names = communes["commune_name"].tolist()
    names[1] = "Former name"
    good = [[code.lstrip("0"), name, f"{held:.0f}"] for code, name, held in zip(codes, names, people, strict=True)]
    faults: list[Fault] = [
        ([_VANISHED_CODE, "Vanished", "1234"], Reason.UNMATCHED_CODE),
        (["980101", "Below zero", "-40"], Reason.NEGATIVE_PEOPLE),
        (["980102", "Not counted", ""], Reason.MISSING_VALUE),
        (["980103", "In words", "many"], Reason.NOT_A_NUMBER),
        (list(good[4]), Reason.DUPLICATE_ID),
    ]
    rows = planted.insert("people.table", path.name, good, faults, first_line=2)
    write_bytes(path, delimited([["Com_Code", "Commune", "Total"], *rows], ",", "\r").encode("mac_roman"))


def _points(world: World, tags: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    points = world.points
    return points[[pair in tags for pair in zip(points["tag"], points["value"], strict=True)]].reset_index(drop=True)


def _hubs(world: World, path: Path, planted: Planted) -> None:
    points = _points(world, (*HUB_TAGS, *SORTING_TAGS))
    columns = zip(*(points[name] for name in ("id", "lat", "lon", "value", "name")), strict=True)
    good: list[Row] = [
        [str(number), f"{lat:.6f}", f"{lon:.6f}", HUB_WORDS[value], name, str(120 + number % 400), "Mo-Sa 08:00-17:00"]
        for number, lat, lon, value, name in columns
    ]
    good[0][4] = HOSTILE_NAMES[1]
    faults: list[Fault] = [
        (changed(good[1], f0="H1", f3="Kiosque"), Reason.UNKNOWN_CLASS),
        (changed(good[1], f0="H2", f3=""), Reason.MISSING_VALUE),
        (changed(good[1], f0="H3", f1=good[1][2], f2=good[1][1]), Reason.SWAPPED_COORDINATES),
        (changed(good[1], f0="H4", f5="-20"), "blank"),
        (changed(good[1], f0="H5", f5="plenty"), "blank"),
        (list(good[0]), Reason.DUPLICATE_ID),
    ]
    rows = planted.insert("hubs", path.name, good, faults, first_line=2)
    header = ["id", "latitude", "longitude", "Type de point", "name", "Colis par jour", "Horaires"]
    write_bytes(path, delimited([header, *rows]).encode("utf-8-sig"))


def _flood(world: World, path: Path, planted: Planted) -> None:
    """The shores of the lake, and a row without a shape."""
    shore = shapely.difference(shapely.buffer(world.terrain.lake, FLOOD_DEG), world.terrain.lake)
    frame = gpd.GeoDataFrame({"season": ["wet", "wet"]}, geometry=[shore, None], crs="EPSG:4326")
    planted.add("flood", path.name, 2, Reason.NO_GEOMETRY)
    with atomic_write(path) as target:
        target.write_text(frame.to_json(drop_id=True), encoding="utf-8")


def _fixed_lines(world: World, path: Path, planted: Planted) -> None:
    """By district the homes that fibre of 100 Mbps and copper of 20 Mbps reach: more where towns are large."""
    people = world.settlements.groupby("commune")["people"].sum()
    district = world.communes["commune_code"].str[:_DISTRICT_DIGITS]
    largest = world.settlements.groupby("commune")["people"].max()
    table = pd.DataFrame({"district": district, "people": people, "largest": largest}).groupby("district")
    good: list[Row] = []
    for code, part in table:
        homes, reached = int(part["people"].sum() / _HOME_PEOPLE), part["largest"].max() / part["people"].sum()
        for technology, mbps, share in (("fibre", 100, 0.6 * reached), ("copper", 20, 0.8 * reached)):
            good.append([str(code), technology, str(mbps), str(int(share * homes)), str(homes)])
    row = good[0]
    faults: list[Fault] = [
        (changed(row, f0="9999"), Reason.UNMATCHED_CODE),
        (changed(row, f1="satellite", f2="fast"), Reason.NOT_A_NUMBER),
        (changed(row, f1="cable", f3=""), Reason.MISSING_VALUE),
        (changed(row, f1="cable", f3=str(2 * int(row[4]))), Reason.OUT_OF_RANGE),
        (list(row), Reason.DUPLICATE_ROW),
    ]
    rows = planted.insert("fixed", path.name, good, faults, first_line=2)
    write_bytes(path, delimited([["District", "Technology", "Mbps", "Homes passed", "Homes"], *rows]).encode())


def _payments(world: World, path: Path, planted: Planted) -> None:
    points = _points(world, PAYMENT_TAGS)
    words = [*points["value"].map(PAYMENT_WORDS), "Agent"]
    shapes = [*gpd.points_from_xy(points["lon"].round(6), points["lat"].round(6)), None]
    frame = gpd.GeoDataFrame({"id": [*points["id"], 1], "kind": words}, geometry=shapes, crs="EPSG:4326")
    planted.add("payments", path.name, len(frame), Reason.NO_GEOMETRY)
    with atomic_write(path) as target:
        target.write_text(frame.to_json(drop_id=True), encoding="utf-8")
