"""What more money buys, as the marks of a chart: the template draws them as SVG."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coverage.maps.numbers import people_text

WIDTH, HEIGHT = 640.0, 260.0
_LEFT, _FOOT, _TOP = 20.0, 46.0, 22.0


def curve_chart(curve: pd.DataFrame) -> dict[str, Any]:
    """A bar for each budget: people served, the money, and what the last of them cost each."""
    most = float(curve["expected_people"].max()) if len(curve) else 0.0
    step = (WIDTH - 2 * _LEFT) / max(len(curve), 1)
    bars = []
    for number, row in enumerate(curve.to_dict("records")):
        high = (HEIGHT - _FOOT - _TOP) * (row["expected_people"] / most if most > 0 else 0.0)
        marginal = row["marginal_cost_per_person"]
        bars.append({
            "x": round(_LEFT + number * step, 1), "y": round(HEIGHT - _FOOT - high, 1), "width": round(step * 0.8, 1),
            "height": round(high, 1), "middle": round(_LEFT + (number + 0.4) * step, 1),
            "people": people_text(row["expected_people"]), "share": f"{row['budget_share']:.0%}",
            "marginal": "–" if pd.isna(marginal) else f"{marginal:,.0f}", "is_plan": row["budget_share"] == 1.0,
            "budget": f"{row['budget']:,.0f}",
        })  # fmt: skip
    return {"width": WIDTH, "height": HEIGHT, "foot": HEIGHT - _FOOT, "bars": bars}
