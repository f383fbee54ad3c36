"""Lines of a Khmer brief as they stand on paper: inside the margins, also where names and headings are long."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from commune_coverage.site.briefs.pdf import write_briefs
from tests.site.invented import commune_grid, make_report

MM = 72 / 25.4
MARGIN_MM, ROUNDING_MM = 14.0, 0.3


def ends_of(brief: Path) -> tuple[float, float]:
    """How far the outermost letters of all pages stand from the left and the right edge, mm."""
    document, boxes = pypdfium2.PdfDocument(brief), []
    for page in document:
        text = page.get_textpage()
        letters = [at for at in range(text.count_chars()) if text.get_text_range(at, 1).strip("\u200b \r\n")]
        boxes += [text.get_charbox(at) for at in letters]
    width = document[0].get_size()[0]
    return min(box[0] for box in boxes) / MM, (width - max(box[2] for box in boxes)) / MM


@pytest.mark.parametrize("access", ["mobile", "bounds"])
def test_khmer_lines_stay_inside_the_margins(tmp_path: Path, access: str) -> None:
    report = make_report(status="invented", synthetic_layers=["towers"])
    report["thresholds"] = report["thresholds"] | {"internet_access": access}
    (brief,) = write_briefs(commune_grid(), report, tmp_path, ["km"], ["000000"])
    left_mm, right_mm = ends_of(brief)
    assert left_mm == pytest.approx(MARGIN_MM, abs=ROUNDING_MM)
    assert right_mm > MARGIN_MM - ROUNDING_MM
