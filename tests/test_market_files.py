"""The markets that ship: valid, complete, and honest about where every number comes from."""

import copy
import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from agents.settings import MarketSettings
from experiments.question.compose import compose, question_of
from sim.offers import Offer

CONF = Path(__file__).resolve().parents[1] / "conf"
FILES = sorted((CONF / "market").glob("*.yaml"))
SHORT = re.compile(r"^  form: |^  - /history/base@_global_", re.MULTILINE)
MARKETS = [path for path in FILES if not SHORT.search(path.read_text(encoding="utf-8"))]
SOURCED = [
    *FILES,
    *sorted((CONF / "unknowns").glob("*.yaml")),
    *sorted((CONF / "history").glob("*.yaml")),
]

LEAF = re.compile(
    r"^(?P<indent>\s*)(?P<key>[\w.*][\w.* ]*): (?P<value>[^#\s].*?)\s+# (?P<rest>.+)$"
)
BRANCH = re.compile(r"^\s*[\w.]+:(\s+#.*)?$")
ORIGIN = re.compile(r"^(?P<unit>[^|]+) \| (?P<source>\w+(?:\+\w+)*)(?:: (?P<note>.+))?$")

by_name = pytest.mark.parametrize("path", MARKETS, ids=lambda path: path.stem)


def rows(name: str) -> list[dict[str, str]]:
    with (CONF / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(path: Path) -> dict[str, Any]:
    """A market as it stands in its file, without what calibration adds."""
    return {"calibration": {}, **yaml.safe_load(path.read_text(encoding="utf-8"))["market"]}


def settings(path: Path) -> MarketSettings:
    return MarketSettings.model_validate(plain(path))


def numbered_lines(path: Path) -> list[tuple[int, str]]:
    """Lines that hold data: no comments, blanks, or the list of defaults."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return [
        (number, line) for number, line in lines if line.strip() and line.strip()[0] not in "#-"
    ]


@pytest.mark.parametrize("path", sorted(set(FILES) - set(MARKETS)), ids=lambda path: path.stem)
def test_a_short_form_stands_for_a_whole_market_of_its_files_name(path: Path) -> None:
    request = question_of(compose([f"market={path.stem}"]))
    assert request.market.name == path.stem
    assert request.focal in request.market.operators
    assert path.read_text(encoding="utf-8").startswith("# @package _global_\n")


def test_there_are_markets() -> None:
    assert {"china_2024", "duopoly"} <= {path.stem for path in MARKETS}


@by_name
def test_market_is_valid_and_bears_its_files_name(path: Path) -> None:
    market = settings(path)
    assert market.name == path.stem
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert whole["focal"] in market.operators
    assert path.read_text(encoding="utf-8").startswith("# @package _global_\n")


@by_name
def test_every_operator_has_a_default_rival_behaviour(path: Path) -> None:
    defaults = yaml.safe_load(path.read_text(encoding="utf-8"))["defaults"]
    keys = {key for entry in defaults if isinstance(entry, dict) for key in entry}
    expected = {f"/rival@rivals.{operator}" for operator in settings(path).operators}
    assert expected | {"/calibration@market.calibration"} == keys


@pytest.mark.parametrize("path", SOURCED, ids=lambda path: path.stem)
def test_every_value_says_its_unit_and_source(path: Path) -> None:
    known = {row["code"] for row in rows("sources.csv")} | {"assumption"}
    wrong: list[str] = []
    for number, line in numbered_lines(path):
        if BRANCH.match(line):
            continue
        leaf = LEAF.match(line)
        origin = ORIGIN.match(leaf["rest"]) if leaf else None
        if origin is None:
            wrong.append(f"{path.name}:{number}: no `# unit | source`: {line.strip()}")
            continue
        unknown = set(origin["source"].split("+")) - known
        wrong += [f"{path.name}:{number}: '{code}' is not in sources.csv" for code in unknown]
    assert not wrong, "\n".join(wrong)


def test_every_row_of_data_has_a_known_source() -> None:
    known = {row["code"] for row in rows("sources.csv")}
    assert {row["source"] for row in rows("china_operators.csv")} <= known


def test_published_targets_are_the_published_figures() -> None:
    path = CONF / "market" / "china_2024.yaml"
    published = {
        (row["operator"], kind, row["source"]): float(row["value"])
        for row in rows("china_operators.csv")
        for kind, metrics in (
            ("lines_million", {"mobile_subscribers", "5g_subscribers"}),
            ("arpu_yuan", {"mobile_arpu"}),
        )
        if row["metric"] in metrics
    }
    checked = 0
    operator = ""
    for _, line in numbered_lines(path):
        leaf = LEAF.match(line)
        if leaf is None:
            continue
        if leaf["key"] == "label":
            operator = leaf["value"]
        if leaf["key"] not in {"lines_million", "arpu_yuan"}:
            continue
        origin = ORIGIN.match(leaf["rest"])
        assert origin is not None
        if origin["source"] == "assumption":
            continue
        assert float(leaf["value"]) == published[operator, leaf["key"], origin["source"]], line
        checked += 1
    assert checked == 7, "all but the revenue per line of China Broadnet is published"


@by_name
def test_regions_and_segments_cover_everybody(path: Path) -> None:
    market = settings(path)
    regions = market.regions.values()
    assert sum(region.people_share for region in regions) == pytest.approx(1.0)
    for relative in ("income", "usage"):
        mean = sum(region.people_share * getattr(region, relative) for region in regions)
        assert mean == pytest.approx(1.0, abs=0.02), f"{relative} is relative to the average"


@by_name
def test_every_operator_serves_every_kind_of_customer_there_is(path: Path) -> None:
    market = settings(path)
    for name, operator in market.operators.items():
        plans = operator.plans.values()
        personal = [plan for plan in plans if plan.customers == "personal"]
        cards = [plan for plan in personal if plan.second_line and plan.price_yuan < 30]
        assert bool(cards) == (market.second_lines_share > 0), name
        assert sum(not plan.second_line for plan in personal) >= 2, f"{name}: tiers"
        households, firms = market.population.household > 0, market.population.enterprise > 0
        assert any(is_bundle(plan) for plan in plans) == households, f"{name}: family bundle"
        assert any(is_enterprise(plan) for plan in plans) == firms, f"{name}: enterprise line"


def is_bundle(plan: Offer) -> bool:
    several = plan.lines > 1 and plan.extra_line_yuan is not None
    return plan.customers == "household" and plan.broadband and several and plan.contract_months > 0


def is_enterprise(plan: Offer) -> bool:
    return plan.customers == "enterprise" and plan.contract_months == 24


@by_name
def test_shipped_plans_would_pass_the_regulator(path: Path) -> None:
    market = settings(path)
    for name, operator in market.operators.items():
        for plan_name, plan in operator.plans.items():
            net = plan.price_yuan / (1 + market.vat_rate)
            cost = operator.costs.line_yuan * plan.lines
            cost += operator.costs.gb_yuan * plan.allowance_gb
            cost += operator.costs.broadband_yuan * plan.broadband
            cost += sum(market.partners[benefit].wholesale_yuan for benefit in plan.benefits)
            given = sum(market.partners[benefit].retail_yuan for benefit in plan.benefits)
            where = f"{name}/{plan_name}"
            assert net >= market.regulator.below_cost_margin * cost, where
            assert given <= market.regulator.benefit_value_cap * plan.price_yuan, where


@by_name
def test_partners_earn_something_at_the_starting_price(path: Path) -> None:
    for name, partner in settings(path).partners.items():
        margin = partner.reach_value_yuan - partner.service_cost_yuan
        profit = partner.wholesale_yuan + partner.activity * margin
        assert 0 < profit < partner.retail_yuan / 2, name
        assert partner.wholesale_yuan < partner.retail_yuan / 2, name


@by_name
def test_usual_satisfaction_is_where_the_update_settles(path: Path) -> None:
    market = settings(path)
    p = market.behaviour
    for name, operator in market.operators.items():
        quality = sum(
            market.regions[region].people_share * felt
            for region, felt in operator.network.quality.items()
        )
        settled = p.satisfaction_base + p.satisfaction_quality * quality
        settled -= p.satisfaction_fault * operator.network.fault_rate
        assert settled == pytest.approx(p.usual_satisfaction, abs=0.06), name


def test_the_duopoly_is_symmetric() -> None:
    north, south = plain(CONF / "market" / "duopoly.yaml")["operators"].values()
    named = {"label", "label_zh"}
    assert {k: v for k, v in north.items() if k not in named} == {
        k: v for k, v in south.items() if k not in named
    }


def test_worlds_vary_parameters_that_exist() -> None:
    market = settings(CONF / "market" / "china_2024.yaml")
    whole = yaml.safe_load((CONF / "unknowns" / "default.yaml").read_text(encoding="utf-8"))
    partner = next(iter(market.partners.values()))
    for path, span in whole["ranges"].items():
        scope, *_, name = path.split(".")
        if scope == "rivals":  # what rivals play is checked when a question is put
            continue
        channel = next(iter(market.channels.values()))
        holders = {
            "behaviour": market.behaviour, "life_cycle": market.life_cycle, "partners": partner,
            "channels": channel,
        }  # fmt: skip
        holder = holders[scope]
        assert hasattr(holder, name), path
        assert set(span) == {"low", "high", "scale"}, path
        assert span["low"] < span["high"], path
        # The market's own value must be one of the worlds thought possible.
        usual = 1.0 if span["scale"] == "factor" else getattr(holder, name)
        assert span["low"] <= usual <= span["high"], path


def broken(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """The small market with one value replaced."""
    market = copy.deepcopy(plain(CONF / "market" / "duopoly.yaml"))
    *way, last = path
    at = market
    for key in way:
        at = at[key]
    at[last] = value
    return market


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("regions", "city", "people_share"), 0.5, "people_share sums to 0.9"),
        (("population", "price"), 0.4, "account shares of the five segments sum to 1.1"),
        (
            ("operators", "north", "plans", "tier_m", "benefits"),
            ["vidoe"],
            "operators.north.plans.tier_m.benefits: 'vidoe' does not exist; allowed: video",
        ),
        (
            ("operators", "south", "plans", "tier_s", "regions"),
            ["moon"],
            "operators.south.plans.tier_s.regions: 'moon' does not exist; allowed: city, country",
        ),
        (
            ("operators", "north", "network", "quality"),
            {"city": 0.8, "moon": 0.7},
            "operators.north.network.quality .*: country, moon",
        ),
        (("churn_monthly",), "0.3", "churn_monthly"),
        (("chrun_monthly",), 0.3, "chrun_monthly"),
    ],
)
def test_a_wrong_market_is_refused_by_name(path: tuple[str, ...], value: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MarketSettings.model_validate(broken(path, value))
