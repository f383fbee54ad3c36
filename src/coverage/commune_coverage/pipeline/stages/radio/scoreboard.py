"""The scoreboard stage: our model, a disc and a log-distance law against every figure that is known or measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.config.country import Country
from commune_coverage.core.array_archives import read_scale
from commune_coverage.core.files import read_geo, read_json, read_table, write_table
from commune_coverage.core.state.declared import SCOREBOARD
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.pipeline.stages.radio.calibration import Measured, measured_levels
from commune_coverage.pipeline.stages.radio.level_offsets import needs_of, newest
from commune_coverage.population.tables import has_places, read_shares, read_tile, tile_count
from commune_coverage.radio.scoring.level_offsets import predicted_offset_db
from commune_coverage.radio.scoring.scores import Score, score, skill
from commune_coverage.radio.scoring.share_fits import (
    fit_log_distance,
    log_distance_probability,
    reach_for_share,
    threshold_for_share,
)
from commune_coverage.readers.measured.known_coverage import ANY_OPERATOR
from commune_coverage.readers.parsing.text import plain_name
from commune_coverage.runs.run import Run
from commune_coverage.schema.areas import NATION

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

PREDICTORS = ("model", "disc", "log_distance")
_KEY = ["level", "operator", "technology", "date"]
FIGURE_COLUMNS = [
    "level", "code", "operator", "technology", "measure", "date", "published_by", "use", "people",
    "known_share", "tolerance_share", "model_share", "disc_share", "log_distance_share", "withheld_share", "note",
]  # fmt: skip
SCORE_COLUMNS = [
    "quantity", "unit", "level", "operator", "technology", "date", "use", "predictor", "units", "weight",
    "mean_error", "mean_absolute_error", "rms_error", "correlation", "skill_over_disc",
]  # fmt: skip


class People(NamedTuple):
    """People by place and commune, tile by tile: (n,) each."""

    commune: Integers
    people: Floats


class Estimates(NamedTuple):
    """What each estimates of the people of an operator and technology: (n,) shares of 0 to 1, NaN where unknown."""

    model: Floats
    disc: Floats
    log_distance: Floats
    withheld: Floats


def scoreboard(run: Run, _: Progress) -> StageResult:
    """Write ``scoreboard/``: every known figure beside its estimates, the scores by group, and both as JSON."""
    files, country = SignalFiles(run.stages_folder), run.country
    figures, scores = pd.DataFrame(columns=FIGURE_COLUMNS), pd.DataFrame(columns=SCORE_COLUMNS)
    if has_places(files.folder) and files.transmitters.is_file():
        if files.known_coverage.is_file() and tile_count(files.folder):
            figures = known_figures(files)
        scores = pd.DataFrame(
            [*scores_of_figures(figures), *scores_of_measurements(files, country)], columns=SCORE_COLUMNS
        )
    folder = files.folder / "scoreboard"
    write_table(folder / "figures.parquet", figures)
    write_table(folder / "scores.parquet", scores)
    SCOREBOARD.write(folder / "scoreboard.json", as_json(figures, scores, files))
    result = StageResult(facts={"figures": len(figures)})
    for sentence in sentences_of(scores):
        result.assume("internet", "scoreboard", sentence, "", "published coverage and measurements")
    return result


def as_json(figures: pd.DataFrame, scores: pd.DataFrame, files: SignalFiles) -> dict[str, Any]:
    """The scoreboard as JSON; what is not known is null."""

    def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
        names = [str(name) for name in table.columns]
        return [dict(zip(names, map(_or_none, row), strict=True)) for row in table.itertuples(index=False, name=None)]

    offsets = read_json(files.level_offsets) if files.level_offsets.is_file() else []
    return {
        "figures": rows(figures),
        "scores": rows(scores),
        "level_offsets": offsets,
        "sentences": sentences_of(scores),
    }


def _or_none(value: object) -> object:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def known_figures(files: SignalFiles) -> pd.DataFrame:
    """Every known figure with the estimates of model, disc and log-distance law."""
    known, communes = read_table(files.known_coverage), read_geo(files.folder / "communes.parquet")
    shares = [read_shares(files.folder, tile) for tile in range(tile_count(files.folder))]
    people = People(
        np.concatenate([each.commune for each in shares]).astype(np.int64),
        np.concatenate([np.asarray(each.people) for each in shares]),
    )
    rows = []
    for (operator, technology), group in known.groupby(["operator", "technology"], sort=True):
        rows += _rows_of(files, str(operator), str(technology), group, communes, people)
    return pd.DataFrame(rows, columns=FIGURE_COLUMNS)


def _rows_of(
    files: SignalFiles, operator: str, technology: str, group: pd.DataFrame, communes: pd.DataFrame, people: People
) -> list[dict[str, Any]]:
    """The known figures of one operator and technology."""
    rows, fitted = [], _fitted_share(group, communes, people)
    for level_dbm, same_rule in group.groupby(group["min_level_dbm"].fillna(0.0)):
        rule = float(level_dbm) or np.nan
        estimates = _estimates(files, (operator, technology), rule, fitted, people)
        areas = {level: _by_area(areas_of(communes, level), estimates, people) for level in same_rule["level"].unique()}
        for figure in same_rule.to_dict("records"):
            code = "" if figure["level"] == NATION else figure["code"]
            rows.append(_row(figure, areas[figure["level"]].get(code, {"people": 0.0})))
    return rows


def _by_area(areas: pd.Series, estimates: Estimates, people: People) -> dict[str, dict[str, float]]:
    """People of each area, and of them those that each predictor covers."""
    codes, number = np.unique(areas.to_numpy(dtype=str), return_inverse=True)
    at = number[people.commune]
    covered = {name: people.people * values for name, values in estimates._asdict().items()}
    sums = {name: np.bincount(at, of, len(codes)) for name, of in ({"people": people.people} | covered).items()}
    return {str(code): {name: float(of[row]) for name, of in sums.items()} for row, code in enumerate(codes)}


def _row(figure: Mapping[Any, Any], sums: Mapping[str, float]) -> dict[str, Any]:
    total, is_people = sums["people"], figure["measure"] == "people"
    shares = {f"{name}_share": sums[name] / total if is_people and total > 0 else np.nan for name in Estimates._fields}
    is_used = figure["use"] == "calibrate" and figure["level"] == NATION and np.isfinite(shares["withheld_share"])
    note = "" if is_people else "not comparable: coverage is computed where people live, not of territory"
    if is_people and not np.isfinite(shares["model_share"]):
        note = (
            "unknown: nobody lives there" if total == 0 else "unknown: the towers name no such operator and technology"
        )
    if not note and figure["use"] == "calibrate" and not is_used:
        note = "calibrates nothing: only national figures of one operator set a level"
    kept = {name: figure[name] for name in FIGURE_COLUMNS if name in figure}
    kept |= {"use": "calibration" if is_used else "validation", "known_share": figure["covered_share"]}
    return kept | {"people": float(total)} | shares | {"note": note}


def areas_of(communes: pd.DataFrame, level: str) -> pd.Series:
    """Code of the area of each commune; '' for the nation."""
    return pd.Series("", communes.index) if level == NATION else communes[f"{level}_code"].astype(str)


def _fitted_share(group: pd.DataFrame, communes: pd.DataFrame, people: People) -> tuple[float, Flags] | None:
    """The share that baselines are fitted to and the people that it is of.

    The newest national figure; without one the newest figures of the level with the largest areas, by their people.
    """
    national = newest(group)
    if national is not None:
        return float(national["covered_share"]), np.ones(len(people.people), dtype=np.bool_)
    for level in ("province", "district", "commune"):
        of_level = group[(group["level"] == level) & (group["measure"] == "people")].sort_values("date", kind="stable")
        of_level = of_level.drop_duplicates("code", keep="last")
        at = pd.Index(of_level["code"]).get_indexer(pd.Index(areas_of(communes, level)))[people.commune]
        inside = at >= 0
        counts = np.bincount(at[inside], people.people[inside], len(of_level))
        if counts.sum() > 0:
            return float(np.average(of_level["covered_share"], weights=counts)), inside
    return None


def _estimates(
    files: SignalFiles, pair: tuple[str, str], rule_dbm: float, fitted: tuple[float, Flags] | None, people: People
) -> Estimates:
    """What each predictor says of all people, by the rule of the link budgets or from a level on."""
    unknown = np.full(len(people.people), np.nan)
    operators = [name for name in operators_of(files.folder) if _is_meant(pair[0], name)]
    transmitters = read_table(files.transmitters)
    masts = transmitters[transmitters["operator"].isin(operators) & (transmitters["technology"] == pair[1])]
    if masts.empty:
        return Estimates(unknown, unknown, unknown, unknown)
    model, withheld = _of_model(files, operators, pair, rule_dbm)
    disc = log_distance = unknown
    if fitted is not None:
        share, inside = fitted
        distance_m = distances_m(files, masts)
        radius_m = threshold_for_share(distance_m[inside], people.people[inside], share)
        reach_m = reach_for_share(distance_m[inside], people.people[inside], share)
        disc = (distance_m <= radius_m).astype(np.float64)
        log_distance = log_distance_probability(distance_m, reach_m) if np.isfinite(reach_m) else unknown
    return Estimates(model, disc, log_distance, withheld)


def _is_meant(operator: str, name: str) -> bool:
    return operator == ANY_OPERATOR or plain_name(operator) == plain_name(name)


def _of_model(
    files: SignalFiles, operators: list[str], pair: tuple[str, str], rule_dbm: float
) -> tuple[Floats, Floats]:
    """Covered by any of the operators with their offsets; and as if the pair's own share had been withheld."""
    rows = read_json(files.level_offsets) if files.level_offsets.is_file() else []
    offsets = {(row["operator"], row["technology"]): float(row["offset_db"]) for row in rows}
    names, technology, parts = operators_of(files.folder), pair[1], []
    for tile in range(tile_count(files.folder)):
        place = read_shares(files.folder, tile).place
        covered = np.zeros((2, len(place)), dtype=np.bool_)
        for operator in operators:
            required = needs_of(files, tile, names.index(operator), technology, rule_dbm)[place]
            held_out = predicted_offset_db(offsets, operator, technology)
            covered |= [required <= offsets.get((operator, technology), 0.0), required <= held_out]
        parts.append(covered)
    model, withheld = np.concatenate(parts, axis=1).astype(np.float64)
    fitted = {(row["operator"], row["technology"]) for row in rows if row["known_share"] is not None}
    is_calibrated = pair[0] != ANY_OPERATOR and any((operator, technology) in fitted for operator in operators)
    return model, withheld if is_calibrated else np.full(len(model), np.nan)


def distances_m(files: SignalFiles, masts: pd.DataFrame) -> Floats:
    """Distance from each place to the nearest mast, by place and commune, true metres."""
    tree, scale, parts = cKDTree(masts[["x_m", "y_m"]].to_numpy()), read_scale(files.scale), []
    for tile in range(tile_count(files.folder)):
        places = read_tile(files.folder, tile, ["x_m", "y_m"])
        if len(places):
            true_per_m = scale.in_middle(places["x_m"].to_numpy(), places["y_m"].to_numpy())
            distance = tree.query(places[["x_m", "y_m"]].to_numpy())[0] * true_per_m
            parts.append(distance[read_shares(files.folder, tile).place])
    return np.concatenate([*parts, np.zeros(0)])


def scores_of_figures(figures: pd.DataFrame) -> list[dict[str, Any]]:
    """Scores of each predictor by level, operator, technology and date; figures used to calibrate are apart."""
    rows: list[dict[str, Any]] = []
    of_people = figures[figures["measure"] == "people"]
    for (level, operator, technology, date, use), group in of_people.groupby([*_KEY, "use"], sort=True):
        known, weight = group["known_share"].to_numpy(np.float64), group["people"].to_numpy(np.float64)
        named = {"quantity": "coverage", "unit": "share", "level": level, "operator": operator}
        named |= {"technology": technology, "date": date, "use": use}
        estimates = {name: group[f"{name}_share"].to_numpy(np.float64) for name in PREDICTORS}
        rows += _scored(named, estimates, known, weight)
        withheld = group["withheld_share"].to_numpy(np.float64)
        if use == "calibration":
            held = named | {"use": "withheld"}
            rows += _scored(held, {"model": withheld}, known, weight)
    return rows


def _scored(named: dict[str, Any], estimates: dict[str, Floats], known: Floats, weight: Floats) -> list[dict[str, Any]]:
    scores = {name: score(values, known, weight) for name, values in estimates.items()}
    none = Score(0, 0.0, np.nan, np.nan, np.nan, np.nan)
    return [
        named | {"predictor": name} | each._asdict() | {"skill_over_disc": skill(each, scores.get("disc", none))}
        for name, each in scores.items()
    ]


def scores_of_measurements(files: SignalFiles, country: Country) -> list[dict[str, Any]]:
    """Scores by quantity, operator and technology of measured levels and speeds.

    The baselines are fitted to the same measurements: the disc knows one value for all, the log-distance law a line.
    """
    rows: list[dict[str, Any]] = []
    for measured in measured_levels(files, country):
        known, weight = measured.measured_db, measured.tests
        use = "calibration" if country.radio.calibrate and measured.quantity == "power" else "validation"
        named = {"quantity": measured.quantity, "unit": "dB", "level": "test", "operator": measured.operator}
        named |= {"technology": measured.technology, "date": "", "use": use}
        rows += _scored(named, _of_measured(measured, files), known, weight)
    return rows


def _of_measured(measured: Measured, files: SignalFiles) -> dict[str, Floats]:
    estimates = {"model": measured.modelled_db}
    masts = read_table(files.transmitters)
    for name, value in (("operator", measured.operator), ("technology", measured.technology)):
        masts = masts[masts[name] == value] if value else masts
    if masts.empty:
        return estimates
    scale = read_scale(files.scale).in_middle(*measured.position_m.T)
    distance_m = cKDTree(masts[["x_m", "y_m"]].to_numpy()).query(measured.position_m)[0] * scale
    counts = np.isfinite(measured.measured_db) & np.isfinite(measured.modelled_db)
    disc, line = np.full((2, len(counts)), np.nan)
    if counts.any():
        known, weight = measured.measured_db[counts], measured.tests[counts]
        disc[counts] = np.average(known, weights=weight)
        line[counts] = fit_log_distance(distance_m[counts], known, weight)
    return estimates | {"disc": disc, "log_distance": line}


def sentences_of(scores: pd.DataFrame) -> list[str]:
    """One sentence for each group that is a validation: whether the model or the disc is nearer to what is known."""
    sentences = []
    validations = scores[scores["use"] == "validation"]
    for named, group in validations.groupby(["quantity", *_KEY], sort=True):
        by_name = group.set_index("predictor")
        if "disc" in by_name.index and by_name.at["disc", "units"] and by_name.at["model", "units"]:
            sentences.append(_sentence(named, by_name))
    return sentences


def _sentence(named: Any, by_name: pd.DataFrame) -> str:
    quantity, level, operator, technology, date = (str(each) for each in named)
    what = " ".join(part for part in (operator, technology.upper(), quantity, f"by {level}", date) if part)
    factor, unit = (1.0, "dB") if quantity != "coverage" else (100.0, "points")
    errors = by_name["rms_error"].astype(np.float64).to_dict()
    model, disc = factor * errors["model"], factor * errors["disc"]
    verdict = "the disc is nearer" if disc < model else "the model is nearer" if model < disc else "both are as near"
    return f"{what}: {verdict} (RMS {model:.1f} against {disc:.1f} {unit})"
