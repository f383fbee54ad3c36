"""Pattern files of antennas: invented ones, whole and spoilt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.config.layers import FileRef, TowersLayer
from commune_coverage.core.errors import CoverageError, MissingColumnError, MissingFileError, UnreadableFileError
from commune_coverage.radio.antenna.sectors import patterns_from, patterns_table
from commune_coverage.readers.towers.antenna_patterns import (
    MAX_PATTERN_BYTES,
    PatternFile,
    parse_msi,
    read_pattern,
    read_patterns,
)


def _cut(beamwidth: float, most: float, peak: int = 0) -> list[str]:
    away = [(angle - peak + 180) % 360 - 180 for angle in range(360)]
    return [f"{angle} {min(12 * (off / beamwidth) ** 2, most):.2f}" for angle, off in enumerate(away)]


def msi(gain: str = "17.5 dBi", head: str = "TILT ELECTRICAL", peak: int = 0) -> list[str]:
    keys = ["NAME Invented 65", "MAKE Nobody", "FREQUENCY 1800", f"GAIN {gain}", head, "COMMENT 65 degrees, 25 dB"]
    return [*keys, "HORIZONTAL 360", *_cut(65, 25), "VERTICAL 360", *_cut(8, 20, peak), ""]


def parsed(lines: list[str]) -> PatternFile:
    return parse_msi("\n".join(lines), "a.msi")


def test_an_msi_file_is_read_at_its_angles() -> None:
    file = parsed(msi())
    assert file.gain_dbi == 17.5
    # Written with two decimals.
    assert file.pattern.attenuation_db([0, 65, -65, 180], 0) == pytest.approx([0, 12, 12, 25])
    assert file.pattern.attenuation_db(0, [4, -4, 8, 45]) == pytest.approx([3, 3, 12, 20])
    assert file.pattern.attenuation_db(180, 45) == 25
    assert file.pattern.electrical_tilt_deg == 0


def test_the_beam_of_a_tilted_antenna_lies_below_the_horizon() -> None:
    file = parsed(msi(head="ELECTRICAL_TILT 6", peak=6))
    assert file.pattern.electrical_tilt_deg == 6
    assert file.pattern.attenuation_db(0, [6, 2, 10, -2]) == pytest.approx([0, 3, 3, 12])


@pytest.mark.parametrize(
    ("gain", "dbi"),
    [("17.5 dBi", 17.5), ("15.35 dBd", 17.5), ("15.35", 17.5), ("17,5dBi", 17.5), ("0 DBI", 0.0), ("-2 dBi", -2.0)],
)
def test_a_gain_without_unit_is_over_a_dipole(gain: str, dbi: float) -> None:
    assert parsed(msi(gain)).gain_dbi == pytest.approx(dbi)


def test_what_a_file_does_not_say_is_not_known() -> None:
    lines = [line for line in msi() if not line.startswith(("GAIN", "TILT"))]
    assert np.isnan(parsed(lines).gain_dbi)
    only_one_cut = lines[: lines.index("VERTICAL 360")]
    assert parsed(only_one_cut).pattern.attenuation_db(0, [-90, 0, 90]).tolist() == [0, 0, 0]


@pytest.mark.parametrize("angles", [2, 36, 720])
def test_a_cut_may_have_any_number_of_angles(angles: int) -> None:
    step = 360 / angles
    cut = [f"{row * step:g} {10 - 10 * np.cos(np.radians(row * step)):.6f}" for row in range(angles)]
    pattern = parsed([f"HORIZONTAL {angles}", *cut]).pattern
    assert pattern.attenuation_db([0, 180], 0) == pytest.approx([0, 20])


@pytest.mark.parametrize(
    ("place", "line", "says"),
    [
        ("4 GAIN 17.5 dBi", "GAIN strong", "line 4: GAIN 'strong' is no number of dBd or dBi"),
        ("4 GAIN 17.5 dBi", "GAIN 170 dBi", "line 4: no antenna has a gain of 170 dBi"),
        ("5 TILT ELECTRICAL", "TILT 80", "line 5: no antenna is tilted by 80 degrees"),
        ("7 HORIZONTAL 360", "HORIZONTAL many", "line 7: HORIZONTAL must state a number of angles from 2 to 3600"),
        ("7 HORIZONTAL 360", "HORIZONTAL", "line 7: HORIZONTAL must state a number"),
        ("7 HORIZONTAL 360", "HORIZONTAL 99999999999999999999", "line 7: HORIZONTAL must state a number"),
        ("7 HORIZONTAL 360", "HORIZONTAL 359", "line 367: '359 0.00' belongs to no cut: more angles than stated?"),
        ("7 HORIZONTAL 360", "HORIZONTAL 361", "line 368: 'VERTICAL' is no number"),
        ("8 0 0.00", "0 zero", "line 8: 'zero' is no number"),
        ("8 0 0.00", "0 nan", "line 8: 'nan' is no number"),
        ("8 0 0.00", "0 1e9", "line 8: '1e9' is no number"),
        ("8 0 0.00", "0", "line 8: '0' is no angle with its attenuation"),
        ("8 0 0.00", "0 0 0", "line 8: '0 0 0' is no angle with its attenuation"),
        ("8 0 0.00", "0 -3", "line 8: the attenuation -3 is not from 0 to 200 dB, without sign"),
        ("8 0 0.00", "0 900", "line 8: the attenuation 900 is not"),
        ("9 1 0.00", "0 0.00", "line 9: the angle 0 is not above the one before and below 360"),
        ("367 359 0.00", "360 0.00", "line 367: the angle 360 is not above"),
        ("368 VERTICAL 360", "HORIZONTAL 360", "line 368: a second HORIZONTAL cut"),
        ("368 VERTICAL 360", "VERTICAL 400", "line 368: 400 angles are stated and 360 lines follow"),
    ],
)
def test_a_spoilt_file_is_refused_with_its_line(place: str, line: str, says: str) -> None:
    number, _, was = place.partition(" ")
    lines = msi()
    assert lines[int(number) - 1].startswith(was.split()[0])
    lines[int(number) - 1] = line
    with pytest.raises(UnreadableFileError) as refused:
        parsed(lines)
    assert str(refused.value).startswith(f"'a.msi', {says}")


@pytest.mark.parametrize("text", ["", "NAME x\n", "HORIZONTALLY\n", "\x00\x01\x02", "VERTICAL 2\n0 0\n180 3\n"])
def test_what_has_no_horizontal_cut_is_no_pattern(text: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"is no antenna pattern|line 1"):
        parse_msi(text, "a.msi")


def test_files_are_read_as_others_are(tmp_path: Path) -> None:
    target = tmp_path / "65.MSI"
    target.write_bytes("\r\n".join(msi()).encode("utf-16"))
    assert read_pattern(FileRef(path=target)).gain_dbi == 17.5
    target.write_text("<html>404</html>")
    with pytest.raises(UnreadableFileError, match="is a web page"):
        read_pattern(FileRef(path=target))
    target.write_text("COMMENT " + "x" * MAX_PATTERN_BYTES)
    with pytest.raises(UnreadableFileError, match="is too large for an antenna pattern"):
        read_pattern(FileRef(path=target))
    with pytest.raises(MissingFileError):
        read_pattern(FileRef(path=tmp_path / "none.msi"))


def table(folder: Path, text: str) -> PatternFile:
    (folder / "p.csv").write_text(text, encoding="utf-8")
    return read_pattern(FileRef(path=folder / "p.csv"))


def test_a_table_of_angles_and_attenuations(tmp_path: Path) -> None:
    one = table(tmp_path, "angle,attenuation\n-90,10\n0,0\n90,12\n180,25\n").pattern
    assert one.attenuation_db([0, 90, 180, 270, 45], 30).tolist() == [0, 12, 25, 10, 6]
    rows = ["horizontal;0;0", "horizontal;180;20,5", "Vertical;0;0", "Vertical;90;18", "vertical;270;9"]
    two = table(tmp_path, "\n".join(["cut;angle_deg;attenuation_db", *rows])).pattern
    assert two.attenuation_db([180, 0, 0], [0, 90, -90]) == pytest.approx([20.5, 18, 9])


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("angle,loss\n0,0\n90,x\n", UnreadableFileError, "'p.csv', line 3: a value that must be a number is not one"),
        ("angle,loss\n0,0\n90,-3\n", UnreadableFileError, "'p.csv', line 3: a value is outside its possible range"),
        ("angle,loss\n0,0\n900,3\n", UnreadableFileError, "'p.csv', line 3: a value is outside its possible range"),
        ("angle,loss\n0,0\n,3\n", UnreadableFileError, "'p.csv', line 3: a required value is missing"),
        ("angle,loss\n0,0\n90,3,4\n", UnreadableFileError, "'p.csv', line 3: the row has more or fewer fields"),
        (
            "angle,loss\n0,0\n360,0\n",
            UnreadableFileError,
            "'p.csv', line 3: the angle 0 stands twice in the horizontal",
        ),
        ("angle,loss,cut\n0,0,across\n", UnreadableFileError, "'p.csv', line 2: the cut 'across' is not horizontal"),
        ("angle,loss\n0,0\n", UnreadableFileError, "'p.csv' is no antenna pattern: it has fewer than two angles"),
        ("angle\n0\n", MissingColumnError, "'p.csv': no column 'attenuation_db'"),
    ],
)
def test_a_spoilt_table_is_refused_with_its_line(
    tmp_path: Path, text: str, error: type[CoverageError], says: str
) -> None:
    with pytest.raises(error) as refused:
        table(tmp_path, text)
    assert str(refused.value).startswith(says)


def test_patterns_go_through_their_table_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a.msi").write_text("\n".join(msi(head="ELECTRICAL_TILT 4", peak=4)))
    patterns = {name: file.pattern for name, file in read_patterns([FileRef(path=tmp_path / "a.msi")]).items()}
    patterns_table(patterns).to_parquet(tmp_path / "p.parquet")
    again = patterns_from(pd.read_parquet(tmp_path / "p.parquet"))
    assert list(again) == ["a.msi"]
    assert again["a.msi"].horizontal_db.tobytes() == patterns["a.msi"].horizontal_db.tobytes()
    assert again["a.msi"].vertical_db.tobytes() == patterns["a.msi"].vertical_db.tobytes()
    assert again["a.msi"].electrical_tilt_deg == 4
    assert again["a.msi"].max_attenuation_db == patterns["a.msi"].max_attenuation_db


def test_two_pattern_files_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two files of one name"):
        TowersLayer(path="t.csv", patterns=[{"path": "a/65.msi"}, {"path": "b/65.MSI"}])
