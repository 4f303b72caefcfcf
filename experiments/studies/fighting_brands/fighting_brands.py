"""Does a low-cost sub-brand pay, before and after a low-cost rival enters?

Bourreau, Sun & Verboven (2021) on France, 2011 to 2014: before Free's entry the incumbents kept
from launching cheap brands, which would have eaten into their own sales; after it they all did, for
there was business to steal and to keep. Here the same brand, at the same price, is launched by each
incumbent alone and by all of them, with the entrant's plan on sale and without, on the same
customers with the same luck.
"""

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from agents.actions import Action, Advertise, Launch
from agents.market import Market
from agents.observation import Strategy
from agents.settings import offer_name
from experiments.analysis.intervals import over_draws
from experiments.measures.kpis import kpis_of
from experiments.measures.study_schemas import FIGHTING_BRANDS
from experiments.question.errors import validated
from experiments.question.market_form import need_full_market
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.baselines import Baseline, in_every_baseline, operators_of
from experiments.runs.listener import Listener
from experiments.runs.scheduled import Scheduled
from experiments.runs.store import Store
from experiments.studies.fighting_brands.report import TOGETHER, claims, page
from sim.names import check as check_names
from sim.offers import Offer
from sim.schema import Settings

Share = Annotated[float, Field(gt=0, le=1)]


class FightingBrandsSettings(Settings):
    """The brand and the entrant; prices are shares of what the incumbents ask for `plan`."""

    entrant: str = ""
    """Operator whose cheap plan is the entry; empty: the smallest."""
    plan: str = "tier_s"
    """Plan that both are modelled on."""
    entrant_price_share: Share = 0.5
    """Of the incumbents' mean price, at the plan's whole allowance."""
    entrant_advert_reach: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Chance a month that an account notices the entry's advertising."""
    entrant_advert_months: Annotated[int, Field(ge=0, le=60)] = 12
    entrant_capacity: Annotated[float, Field(ge=1, le=1000)] = 10.0
    """Of the entrant's network, relative to what its few customers need: it has built ahead."""
    brand_price_shares: Annotated[list[Share], Field(min_length=1, max_length=9)] = [0.5, 0.6, 0.7]
    """Of the launching operator's own price; each is tried."""
    brand_allowance_share: Share = 0.6
    """Of the plan's allowance."""
    brand_distance_yuan: Annotated[float, Field(ge=0, le=1000)] = 6.0
    """What its customers give up by not being under the main brand."""
    brand_advert_reach: Annotated[float, Field(ge=0, le=1)] = 0.1
    brand_advert_months: Annotated[int, Field(ge=0, le=60)] = 3
    advert_fen: Annotated[int, Field(ge=0, le=10_000)] = 50
    """Cost of one account reached."""


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    _options(question)


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Measure what each launch gains, before entry and after.

    Raises:
        QuestionError: an option is unknown or names an operator or plan that does not exist.
    """
    options = _options(question)
    tables = in_every_baseline(question, store, measure, options, listener)
    measured = pd.concat(tables, ignore_index=True)
    figures = over_draws(measured, ["entry", "price_share", "who", "figure"])
    judged = claims(measured, figures)
    summary: dict[str, Any] = {
        "market": question.market.name,
        "subscribers": question.subscribers,
        "worlds": question.worlds,
        "seeds": question.seeds,
        "months": question.months,
        "options": options.model_dump(),
        "figures": figures,
        "claims": [asdict(claim) for claim in judged],
    }
    return Findings(
        question,
        summary,
        {"fighting_brands": measured},
        {"fighting_brands": FIGHTING_BRANDS},
        {"fighting_brands.md": page(figures, judged, question)},
        said=[f"{claim.verdict}: {claim.claim} ({claim.figure})" for claim in judged],
        main="fighting_brands.md",
    )


def _options(question: Question) -> FightingBrandsSettings:
    need_full_market(question)
    options = validated(FightingBrandsSettings, question.options, "experiment")
    operators = question.market.operators
    if options.entrant:
        check_names("operator", [options.entrant], operators)
    for operator in operators.values():
        check_names("plan", [options.plan], operator.plans)
    return options


def measure(baseline: Baseline, asked: FightingBrandsSettings) -> pd.DataFrame:
    """Every launch with and without entry: `world, seed, entry, price_share, who, figure, value`.

    `gain_yuan` is the launching operators' net present value less the same without any brand;
    `own_share` the share of the brand's accounts that came from the operator's own plans.
    """
    names = [operator.name for operator in baseline.market.operators]
    entrant = asked.entrant or names[baseline.smallest]
    incumbents = [name for name in names if name != entrant]
    rows: list[tuple[bool, float, str, str, float]] = []
    for entry in (False, True):

        def played(
            brands: dict[str, Strategy], entry: bool = entry
        ) -> tuple[Market, dict[str, float]]:
            entering = {entrant: _entry(baseline, entrant, incumbents, asked)} if entry else {}
            market = baseline.market.fork(entering | brands)
            if entry:
                index = market.operator(entrant).index
                market.network.capacity_gb[index] *= asked.entrant_capacity
            return _lived(market, baseline.months)

        hold, kept = played({})
        rows.append((entry, 0.0, entrant, "share", _share(hold, entrant)))
        for price_share in asked.brand_price_shares:
            launches = [[name] for name in incumbents]
            launches += [incumbents] if len(incumbents) > 1 else []
            for who in launches:
                brands = {name: _brand(baseline, name, price_share, asked) for name in who}
                market, npv = played(brands)
                gain = sum(npv[name] - kept[name] for name in who)
                label = who[0] if len(who) == 1 else TOGETHER
                rows.append((entry, price_share, label, "gain_yuan", gain))
                own = [_from_own(baseline, market, name) for name in who]
                rows.append((entry, price_share, label, "own_share", float(np.mean(own))))
    table = pd.DataFrame(rows, columns=["entry", "price_share", "who", "figure", "value"])
    table.insert(0, "seed", baseline.seed)
    table.insert(0, "world", baseline.world)
    return table


def _lived(market: Market, months: int) -> tuple[Market, dict[str, float]]:
    """The market `months` later, and each operator's net present value over them."""
    market.keep_customer_records = False
    begin = market.month
    market.run(months)
    names = [operator.name for operator in market.operators]
    return market, {name: kpis_of(market, name, begin)["npv_yuan"] for name in names}


def _entry(
    baseline: Baseline, entrant: str, incumbents: list[str], asked: FightingBrandsSettings
) -> Strategy:
    """The entrant's plan: cheap, as much data as the incumbents', and as well liked as theirs.

    It is launched under a new brand, whose distance makes up for what the entrant lacks in appeal:
    whoever enters at scale is no longer the little-known firm it was.
    """
    book = baseline.market.book
    rows = [book.row(offer_name(name, asked.plan)) for name in incumbents]
    price = float(np.mean([book.offers[row].price_yuan for row in rows]))
    liked = float(np.mean([book.appeals_yuan[row] for row in rows]))
    lacks = liked - book.appeals_yuan[book.row(offer_name(entrant, asked.plan))]
    offer = book.offers[rows[-1]].model_copy(
        update={
            "price_yuan": round(asked.entrant_price_share * price, 2),
            "brand_distance_yuan": -max(0.0, lacks),
            "points_per_yuan": 0.0,
        }
    )
    advert = Advertise(asked.entrant_advert_reach, asked.advert_fen)
    launch = Launch("low_cost", offer, asked.plan)
    return _launched(baseline, entrant, launch, advert, asked.entrant_advert_months)


def _brand(baseline: Baseline, name: str, share: float, asked: FightingBrandsSettings) -> Strategy:
    offer = _bare(
        baseline.market.book.offers[baseline.market.book.row(offer_name(name, asked.plan))]
    )
    offer = offer.model_copy(
        update={
            "price_yuan": round(share * offer.price_yuan, 2),
            "allowance_gb": asked.brand_allowance_share * offer.allowance_gb,
            "brand_distance_yuan": asked.brand_distance_yuan,
        }
    )
    advert = Advertise(asked.brand_advert_reach, asked.advert_fen)
    launch = Launch("sub_brand", offer, asked.plan)
    return _launched(baseline, name, launch, advert, asked.brand_advert_months)


def _launched(
    baseline: Baseline, name: str, launch: Launch, told: Advertise, advert_months: int
) -> Strategy:
    """A launch decided in month 0, advertised once it is on sale."""
    lead = baseline.market.operator(name).settings.lead_months
    moves: dict[int, list[Action]] = {lead + month: [told] for month in range(advert_months)}
    moves[0] = [launch, *moves.get(0, [])]
    return Scheduled(moves)


def _bare(offer: Offer) -> Offer:
    """A plan without what a sub-brand leaves out."""
    nothing = {"benefits": (), "points_per_yuan": 0.0, "contract_months": 0}
    return offer.model_copy(update=nothing | {"exit_fee_yuan_per_month": 0.0})


def _share(market: Market, operator: str) -> float:
    lines = np.array([o.books.lines[-1] for o in market.operators])
    return float(lines[market.operator(operator).index] / lines.sum())


def _from_own(baseline: Baseline, market: Market, name: str) -> float:
    """Share of a brand's accounts whose main line was with the operator at month 0."""
    full = offer_name(name, "sub_brand")
    if full not in market.book.names:
        return float("nan")  # the regulator did not let it pass
    on_it = market.population.columns().offer == market.book.row(full)
    if not on_it.any():
        return float("nan")
    return float((operators_of(baseline.market)[on_it] == market.operator(name).index).mean())
