"""The overview page: national figures of every theme and the ranking of all communes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from coverage.maps.page import make_frame, render_page
from coverage.maps.page_assets import OVERVIEW_SCRIPTS
from coverage.maps.records import commune_records
from coverage.maps.theme import Theme
from coverage.maps.words import Words


def overview_page(communes: pd.DataFrame, report: Mapping[str, Any], words: Words, themes: Sequence[Theme]) -> str:
    """The page as HTML; every row of ``communes`` (the commune_gaps table) is in its ranking."""
    figures = ["people", *(column for theme in themes for column in (theme.people_column, theme.share_column))]
    layers = [(theme.layers[0], theme.evidence_column) for theme in themes]
    records, texts = commune_records(communes, words.languages, figures, layers)
    data = {"themes": [theme.as_json() for theme in themes], "figures": figures, "communes": records, **texts}
    frame = make_frame("index", words, report, themes, data, OVERVIEW_SCRIPTS)
    return render_page("overview.html.j2", frame)
