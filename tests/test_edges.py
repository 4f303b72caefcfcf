"""Values at the edge: refused in words before the first cell, or run to finite numbers."""

import copy
from functools import cache
from typing import Any

import pytest
from edges import Edge, answer_of, changed, duopoly, edges, option_edges, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.analysis.summary import Summary, summarise
from experiments.question.errors import validated
from experiments.question.resolve import read_question
from experiments.report.figures import all_figures
from experiments.report.wording import recommendation_sentences
from experiments.runs import cells, placement
from experiments.runs.playable import check_playable
from sim.errors import QuestionError

COSTLY = {"subscribers": 1_000, "months": 40, "burn_in": 40, "worlds": 2, "seeds": 2}
"""Most that is simulated here; above it only the schema is asked."""


@cache
def every_edge() -> list[Edge]:
    return list(edges())


@pytest.fixture(autouse=True)
def _coarse_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "EVALUATIONS", 4)


def affordable(edge: Edge) -> bool:
    return edge.value <= COSTLY.get(edge.key, edge.value)


def test_outside_its_limits_a_value_is_refused_by_key_and_value() -> None:
    outside = [edge for edge in every_edge() if edge.outside]
    assert len(outside) > 500
    for edge in outside:
        with pytest.raises(QuestionError) as caught:
            read_question(edge.config)
        name = next(part for part in reversed(edge.key.split(".")) if not part.isdigit())
        said = str(caught.value)
        assert name in said, edge
        assert "must be" in said, edge
        assert f"{edge.value:g}"[:6] in said or repr(edge.value) in said, (edge, said)


def nested(key: str, value: float) -> dict[str, object]:
    """A value at a dotted key."""
    first, _, rest = key.partition(".")
    return {first: nested(rest, value) if rest else value}


def test_outside_its_limits_an_option_of_an_experiment_is_refused() -> None:
    outside = list(option_edges())
    assert len(outside) > 50
    for schema, key, value in outside:
        with pytest.raises(QuestionError) as caught:
            validated(schema, nested(key, value), "experiment")
        assert f"experiment.{key} = " in str(caught.value)


@settings(max_examples=12)
@given(edge=st.sampled_from([e for e in every_edge() if not e.outside and affordable(e)]))
def test_an_edge_is_refused_or_runs_to_the_end(edge: Edge) -> None:
    assert outcome(edge.config)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_edge_is_refused_or_runs_to_the_end() -> None:
    broken: list[str] = []
    inside = [edge for edge in every_edge() if not edge.outside and affordable(edge)]
    for edge in inside:
        try:
            outcome(edge.config)
        except Exception as error:  # noqa: BLE001 - every kind of failure is listed
            broken.append(f"{edge!r}: {type(error).__name__}: {error}")
    count = f"{len(every_edge())} edges, {len(inside)} run, {len(broken)} broken"
    assert not broken, "\n".join([count, *broken])


def without(config: dict[str, Any], *paths: str) -> dict[str, Any]:
    new = copy.deepcopy(config)
    for path in paths:
        *above, last = path.split(".")
        here: Any = new
        for key in above:
            here = here[key]
        del here[last]
    return new


def one_region() -> dict[str, Any]:
    config = without(duopoly(), "market.regions.country")
    for name in ("north", "south"):
        del config["market"]["operators"][name]["network"]["quality"]["country"]
    return changed(config, {"market.regions.city.people_share": 1.0})


def no_partners() -> dict[str, Any]:
    config = changed(duopoly(), {"market.partners": {}, "strategies": ["hold", "match_price"]})
    for operator in config["market"]["operators"].values():
        for plan in operator["plans"].values():
            plan["benefits"] = []
    return config


def free_plans() -> dict[str, Any]:
    """Nothing costs anything; a brand below cost the regulator would refuse, so there is none."""
    plans = duopoly()["market"]["operators"]["south"]["plans"]
    arms = [name for name in duopoly()["strategies"] if name != "fighting_brand"]
    return changed(
        duopoly(),
        {f"market.operators.south.plans.{name}.price_yuan": 0.0 for name in plans}
        | {"strategies": arms},
    )


def newcomer() -> dict[str, Any]:
    third = copy.deepcopy(duopoly()["market"]["operators"]["north"])
    third |= {"entrant": True, "plans": {}, "target": {"lines_million": 0, "arpu_yuan": 40}}
    return changed(duopoly(), {"market.operators.third": third})


def last_coin() -> dict[str, Any]:
    return changed(
        duopoly(),
        {
            "market.operators.south.target.lines_million": 1e-4,
            "subscribers": 2,
            "strategies": ["hold", "match_price"],
        },
    )


NO_RULES = {
    "below_cost_margin": 0.0, "benefit_value_cap": 10.0, "review_months": 0,
    "review_price_drop": 1.0, "consent_required": False, "fine_yuan": 0.0,
}  # fmt: skip
COMBINED: dict[str, Any] = {
    "one of everything": lambda: changed(
        duopoly(), {"months": 1, "burn_in": 1, "seeds": 1, "worlds": 1, "subscribers": 2}
    ),
    "one month, two worlds": lambda: changed(duopoly(), {"months": 1, "burn_in": 1, "worlds": 2}),
    "one account a region": lambda: changed(duopoly(), {"subscribers": 2}),
    "one region, one account": lambda: changed(one_region(), {"subscribers": 1}),
    "one region": one_region,
    "one operator has all but nothing": last_coin,
    "the smallest asks": lambda: changed(
        duopoly(), {"market.operators.south.target.lines_million": 0.5}
    ),
    "an operator without lines": newcomer,
    "the newcomer asks": lambda: changed(
        newcomer(), {"focal": "third", "strategies": ["hold", "match_price"]}
    ),
    "no tax, no discounting": lambda: changed(
        duopoly(), {"market.vat_rate": 0.0, "market.discount_yearly": 0.0}
    ),
    "discounted at 100 %": lambda: changed(duopoly(), {"market.discount_yearly": 1.0}),
    "no partners": no_partners,
    "no channels": lambda: changed(
        duopoly(), {"market.channels": {}, "strategies": ["hold", "match_price", "fighting_brand"]}
    ),
    "no rules": lambda: changed(duopoly(), {"market.regulator": NO_RULES}),
    "free plans": free_plans,
    "free of charge and free to serve": lambda: changed(
        free_plans(),
        {
            f"market.operators.south.costs.{name}": 0.0
            for name in duopoly()["market"]["operators"]["south"]["costs"]
        },
    ),
    "no budget": lambda: changed(
        duopoly(),
        {
            "strategy.retention.monthly_budget_share": 0.0,
            "strategy.convergence.monthly_budget_share": 0.0,
        },
    ),
    "hold under another name": lambda: changed(
        duopoly(), {"strategy.still": {"kind": "hold"}, "strategies": ["hold", "still"]}
    ),
    "no second lines": lambda: changed(duopoly(), {"market.second_lines_share": 0.0}),
}


@pytest.mark.parametrize("name", COMBINED)
def test_a_combination_of_edges_runs_to_the_end(name: str) -> None:
    summary = outcome(COMBINED[name]())
    assert isinstance(summary, Summary), summary
    assert all_figures(summary)


REFUSED = [
    ({"strategy.fighting_brand.plan": "tier_s"}, "fighting_brand", "already in the book"),
    ({"strategy.fighting_brand.like": "gold"}, "fighting_brand", "'gold' does not exist"),
    ({"strategy.convergence.bundle": "tier_m"}, "convergence", "no|not a family plan"),
    ({"market.operators.south.plans.family_home.broadband": False}, "convergence", "sells no"),
    (
        {"market.operators.south.plans.family_home.allowance_gb": 100_000.0},
        "bundle_benefits",
        "allowance_gb = 100010.0 .* must be less than or equal to 100000",
    ),
    ({"strategies": ["hold", "portfolio"]}, "portfolio", "members = {}: .* at least one member"),
    ({"strategies": ["hold", "hold"]}, "strategies", "'hold' is named twice"),
    (
        {
            "strategies": ["hold", "fighting_brand"],
            "strategy.fighting_brand.begin": "now",
            "market.regulator.below_cost_margin": 2.0,
            "market.operators.south.costs.line_yuan": 60.0,
        },
        "fighting_brand",
        "would reject everything south does with it: below cost",
    ),
    (  # a family plan for nothing, copied
        {
            "market.operators.south.plans.family_home.price_yuan": 0.0,
            "market.operators.north.plans.family_home.price_yuan": 0.0,
            "strategy.fighting_brand.like": "family_home",
            "strategy.fighting_brand.begin": "now",
        },
        "fighting_brand",
        "would reject everything south does with it: below cost",
    ),
    (
        {"strategies": ["hold", "x"], "strategy.x": {"kind": "retention"}, "market.channels": {}},
        "strategy.x",
        "channel 'app' does not exist",
    ),
    ({"market.partners": {}}, "operators.north.plans.tier_m.benefits", "'video' does not exist"),
    (  # a cut after the last month
        {"rivals.north": {"kind": "price_cut", "depth": 0.3, "start_month": 24}, "months": 24},
        "rivals.north.start_month = 24",
        "must be less than months = 24",
    ),
    ({"rivals.north": {"kind": "retention", "channel": "pigeon"}}, "north", "'pigeon' does not"),
]


@pytest.mark.parametrize(("change", "key", "said"), REFUSED)
def test_what_cannot_be_played_is_refused_before_the_first_cell(
    change: dict[str, Any], key: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "run_cell", None)
    with pytest.raises(QuestionError, match=said) as caught:
        check_playable(read_question(changed(duopoly(), change)))
    assert key in str(caught.value)


def test_two_accounts_get_no_recommendation() -> None:
    answer = answer_of(read_question(changed(duopoly(), {"subscribers": 2})))
    summary = summarise(answer)
    assert (summary.recommendation.arm, summary.recommendation.decision) == (None, "none")
    assert "more subscribers (now 2)" in " ".join(recommendation_sentences(summary))
