"""Intervals of invented countries hold their truths: a short form, and all cases over 40 truths by pytest -m long."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from commune_coverage.cli.app import app
from commune_coverage.ensemble.compact import GAP
from commune_coverage.ensemble.draws import assemble, draw_common, draw_operator
from commune_coverage.ensemble.ensemble import Control, corrected
from commune_coverage.ensemble.intervals import interval, pit
from commune_coverage.ensemble.priors import Priors
from commune_coverage.ensemble.simulation import scores
from commune_coverage.ensemble.simulation.cases import Case, estimate, listed_cells, make_truth
from commune_coverage.ensemble.simulation.scores import CASES, lines_of, score_case
from tests.ensemble import small

RANDOM = Case(0.3, "random", "masts")


def test_a_truth_is_the_same_whatever_is_hidden_and_files_lack_what_the_case_says() -> None:
    truth = make_truth(RANDOM, small.RADIOS, 1)
    again = make_truth(Case(0.5, "rural", "shares"), small.RADIOS, 1)
    np.testing.assert_array_equal(truth.shares, again.shares)
    sites = truth.country.cells["site"].nunique()
    for share in (0.0, 0.1, 0.5):
        listed = listed_cells(Case(share, "random", "masts"), truth.country, 1)
        assert listed["site"].nunique() == sites - round(share * sites)
    crowd = listed_cells(Case(0.3, "crowd", "samples"), truth.country, 1)
    stations = truth.country.cells.drop_duplicates(["site", "technology"])
    seen = crowd.drop_duplicates(["site", "technology"])
    assert 1 - len(seen) / len(stations) == pytest.approx(0.3, abs=0.12)
    rural = listed_cells(Case(0.3, "rural", "masts"), truth.country, 1)
    assert rural.drop_duplicates("site")["x_m"].size == sites - round(0.3 * sites)


def test_intervals_hold_most_communes_and_those_of_no_doubt_do_not() -> None:
    """Three truths: more than three in four communes lie within 90 %; without doubts about the radio far fewer do."""
    sure = Priors(0.0, local_sigma_db=0.1)
    inside, too_sure = [], []
    for seed in range(3):
        truth = make_truth(RANDOM, small.RADIOS, seed)
        rng = np.random.default_rng(seed)
        for found, priors, draws in ((inside, Priors(), 30), (too_sure, sure, 2)):
            ensemble = estimate(RANDOM, truth, small.RADIOS, seed, draws, priors)
            transform = pit(ensemble.shares, ensemble.weights.weight, truth.shares, rng.random(truth.shares.shape))
            found.append((np.abs(transform[1:5] - 0.5) <= 0.45).mean())
    assert 0.75 < np.mean(inside) <= 0.97
    assert np.mean(too_sure) < 0.7


def test_published_shares_make_the_operators_intervals_narrower_and_hold_them() -> None:
    case = Case(0.3, "rural", "shares")
    truth = make_truth(case, small.RADIOS, 2)
    told = estimate(case, truth, small.RADIOS, 2, 16)
    masts = estimate(Case(0.3, "rural", "masts"), truth, small.RADIOS, 2, 16)
    national = truth.shares @ truth.people / truth.people.sum()
    for row, figure in enumerate(told.figures):
        if figure.operator:
            low, _, high = interval(told.national[:, row], told.weights.weight)
            wide = interval(masts.national[:, row], masts.weights.weight)
            assert high - low < wide[2] - wide[0]
            assert abs(national[row] - np.clip(national[row], low, high)) < 0.03
    assert told.weights.effective_draws >= 7.9
    assert told.conflicts == []


def test_the_correction_is_the_full_figure_as_listed_and_nothing_where_all_or_none_are_covered() -> None:
    _, model, _ = small.sampled()
    rng = np.random.default_rng(1)
    usual = rng.random((1, len(model.people))) < 0.5
    full = rng.random((1, model.communes))
    control = Control(full, usual)
    chance = np.ones(model.communes)
    np.testing.assert_allclose(corrected(model, control, usual, model.people, chance), full)
    for everybody in (True, False):
        same = np.full(usual.shape, everybody)
        varies = np.array([0 < usual[0, model.commune == one].mean() < 1 for one in range(model.communes)])
        found = corrected(model, control, same, model.people, chance)[0, varies]
        np.testing.assert_array_equal(found, float(everybody))


def test_an_operators_figures_do_not_depend_on_the_others() -> None:
    """What allows proposals operator by operator."""
    from commune_coverage.ensemble.compact import Figure, commune_shares, serve
    from tests.ensemble.test_draws import _sampler

    sampler = _sampler()
    common = draw_common(sampler, 1, 1)
    networks = {name: draw_operator(sampler, name, 1, 1) for name in sampler.model.network.operators}
    all_together = serve(sampler.model, assemble(sampler, common, list(networks.values())))
    for name, network in networks.items():
        figures = [Figure("covered", name, "4g"), Figure("covered", name, "2g")]
        alone = serve(sampler.model, assemble(sampler, common, [network]), has_loads=False)
        np.testing.assert_array_equal(
            commune_shares(sampler.model, alone, figures), commune_shares(sampler.model, all_together, figures)
        )


def test_the_command_prints_every_case_and_asks_for_a_country_file_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "CASES", (RANDOM,))
    printed = CliRunner().invoke(app, ["validate", "--simulate", "--truths", "2", "--draws", "8"])
    assert printed.exit_code == 0
    first, *rest = printed.stdout.splitlines()
    assert first.startswith("30% random, masts known, same model: 2 truths, 8 draws, 8 effective; sites +0%")
    assert [line[2:24].strip() for line in rest] == ["below 10 Mbps", *(f"covered, {n}" for n in _NAMES)]
    none = CliRunner().invoke(app, ["validate"])
    assert none.exit_code != 0
    assert "--simulate" in str(none.exception)


_NAMES = ("any 4G", "Northern 4G", "Meridian 4G", "Harbour 4G")


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_over_forty_truths(case: Case) -> None:
    """90 % intervals of communes and nation hold 87 % less three standard errors; 80 % where the model is another."""
    score = score_case(case, small.RADIOS, range(40), 100)
    assert len(lines_of(score)) == 1 + len(score.figures)
    least = 0.87 if case.truth == "same" else 0.80
    for one in score.figures:
        assert one.commune_hits + 3 * one.commune_error >= least, one.figure
        assert one.national_hits + 3 * np.sqrt(0.09 / 40) >= least, one.figure
        if one.figure != GAP:
            assert one.score < one.first_order_score, one.figure
