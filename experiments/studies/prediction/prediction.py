"""`counterplay experiment=prediction`: what better prediction of churn is worth in money.

All methods learn from the same records of one operator and are asked about the same customers; what
then happens, with nobody contacted, says how well each predicts. After that the same campaign is
run with each of them, on the same customers with the same luck: a time-limited discount for those
whom the method puts first. Its value is the operator's net present value less that of holding.
"""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from agents.actions import Campaign, StartCampaign, Treatment, Who
from agents.execution.foresight import who_leaves
from agents.market import Market
from agents.prediction.archive import Lessons
from agents.prediction.crm import RISK_MONTHS, observe
from agents.prediction.history import Array, History
from agents.prediction.lstm import what_is_missing
from agents.prediction.predictors import PREDICTORS, RESPONSE, Predictor, new_predictor, predicted
from experiments.analysis.intervals import over_draws
from experiments.measures.counterfactuals import (
    GROUPS,
    AccountPaths,
    UpliftGroup,
    groups_of,
    main_operator,
)
from experiments.measures.kpis import kpis_of
from experiments.measures.study_schemas import PREDICTION
from experiments.question.errors import validated
from experiments.question.market_form import need_full_market
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.baselines import Baseline, in_every_baseline
from experiments.runs.listener import Listener
from experiments.runs.scheduled import Scheduled
from experiments.runs.store import Store
from experiments.studies.prediction.figures import draw_scores, draw_value
from experiments.studies.prediction.report import findings_of, page
from experiments.studies.prediction.scores import Score, scored
from sim.errors import QuestionError
from sim.names import check as check_names
from sim.schema import Settings
from sim.vocabulary import Event

Share = Annotated[float, Field(gt=0, le=1)]
Rows = list[tuple[str, str, float, float]]
"""Method, figure, where on a curve, value."""


class PredictionSettings(Settings):
    """The methods, what they learn from, and the campaign that each is given."""

    methods: Annotated[list[str], Field(min_length=1)] | None = None
    """Names of predictors; null: all that can run on this machine."""
    operator: str = ""
    """Who predicts; empty: the focal operator."""
    records_months: Annotated[int, Field(ge=4, le=60)] = 12
    """Months of own records that are learnt from, lived before anybody is contacted."""
    retrain_months: Annotated[int, Field(ge=1, le=60)] = 6
    """How often a method is trained again during the campaign."""
    top_share: Share = 0.05
    """Share of those who may be contacted, from the top, that is contacted a month."""
    discount_share: Share = 0.2
    """Time-limited discount, as a share of the average bill."""
    discount_months: Annotated[int, Field(ge=1, le=60)] = 6
    channel: str = "app"
    cooldown_months: Annotated[int, Field(ge=0, le=60)] = 6
    """Nobody is contacted again for so long."""
    consent_only: bool = True
    """Whether only customers who consented to personal targeting are contacted."""
    holdout_share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Of `response`, which learns from those left alone; other methods contact all they choose."""


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    _options(question)


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Score all methods, and run the campaign with each.

    Raises:
        QuestionError: an option is out of bounds, names nothing there is, or needs an extra.
    """
    asked, left_out = _options(question)
    if left_out:
        listener.say(left_out)
    found = pd.concat(
        in_every_baseline(question, store, measure, asked, listener), ignore_index=True
    )
    figures = over_draws(found, ["method", "figure", "at"])
    methods = findings_of(figures, asked.methods or [])
    summary: dict[str, Any] = {
        "market": question.market.name,
        "operator": asked.operator,
        "subscribers": question.subscribers,
        "worlds": question.worlds,
        "seeds": question.seeds,
        "months": question.months,
        "options": asked.model_dump(),
        "left_out": left_out,
        "methods": methods,
    }
    currency = question.market.currency
    behind = (
        f"{_counted(question.worlds, 'world')} × {_counted(question.seeds, 'seed')} of "
        f"{question.subscribers:,} accounts, {_counted(question.months, 'month')}"
    )
    return Findings(
        question,
        summary,
        {"prediction": found},
        {"prediction": PREDICTION},
        {
            "prediction.md": page(
                methods, asked.operator, behind, question.market.currency, left_out
            )
        },
        {
            "scores": lambda: draw_scores(figures, methods, behind),
            "value": lambda: draw_value(methods, behind, currency),
        },
        said=[left_out] if left_out else [],
        main="prediction.md",
    )


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _options(question: Question) -> tuple[PredictionSettings, str]:
    """The options with every default filled in, and what had to be left out."""
    need_full_market(question)
    asked = validated(PredictionSettings, question.options, "experiment")
    operator = asked.operator or question.focal
    check_names("operator", [operator], question.market.operators)
    check_names("experiment.channel:", [asked.channel], question.market.channels)
    missing = what_is_missing()
    if asked.methods is None:
        methods = [name for name in PREDICTORS if name != "lstm" or not missing]
        left_out = f"lstm is left out: {missing}" if missing else ""
    else:
        methods, left_out = asked.methods, ""
        check_names("experiment.methods:", methods, PREDICTORS)
        if "lstm" in methods and missing:
            raise QuestionError(f"experiment.methods: {missing}")
    return asked.model_copy(update={"methods": methods, "operator": operator}), left_out


def measure(baseline: Baseline, asked: PredictionSettings) -> pd.DataFrame:
    """Everything about every method in one market: `world, seed, method, figure, at, value`."""
    start = baseline.market.fork({})
    start.keep_customer_records = True
    start.archive.keep(asked.records_months)
    start.run(asked.records_months)
    rows: Rows = []
    for score in scores_of(start, asked):
        rows += score.rows()
    rows += value_of(start, baseline.months, asked)
    table = pd.DataFrame(rows, columns=["method", "figure", "at", "value"])
    table.insert(0, "seed", baseline.seed)
    table.insert(0, "world", baseline.world)
    return table


def scores_of(start: Market, asked: PredictionSettings) -> list[Score]:
    """How well each method tells who leaves within `RISK_MONTHS` with nobody contacted.

    `response` predicts something else and is not scored.
    """
    operator = start.operator(asked.operator).index
    mine = np.flatnonzero(main_operator(start) == operator)
    future = start.fork({}).run(RISK_MONTHS)
    left = main_operator(future)[mine] != operator
    found: list[Score] = []
    for name in asked.methods or []:
        if name == RESPONSE:
            continue
        model = new_predictor(name, start.seed_number, lambda: who_leaves(start, operator))
        lessons = start.archive.lessons(operator, asked.records_months, model.months)
        if lessons is not None:
            found.append(scored(name, asked_about(start, operator, model, lessons, mine), left))
    return found


def asked_about(
    market: Market, operator: int, model: Predictor, lessons: Lessons, who: NDArray[np.int64]
) -> Array:
    """What a method says of `who` today, once it is trained."""
    model.fit(*lessons)
    observed = observe(
        market.population.columns(), market.population.record, market.book.table(), operator,
        market.allowance_growth(),
    )  # fmt: skip
    history: History = market.archive.present(operator, who, observed, market.month, model.months)
    return model.predict(history)


def campaign_of(name: str, asked: PredictionSettings) -> Campaign:
    """The campaign that is given to a method."""
    return Campaign(
        name="warned",
        who=Who(rank_by=predicted(name), top_share=asked.top_share),
        what=Treatment(discount_share=asked.discount_share, months=asked.discount_months),
        channel=asked.channel,
        cooldown_months=asked.cooldown_months,
        consent_only=asked.consent_only,
        holdout_share=asked.holdout_share if name == RESPONSE else 0.0,
        predictor=name,
        records_months=asked.records_months,
        retrain_months=asked.retrain_months,
    )


def value_of(start: Market, months: int, asked: PredictionSettings) -> Rows:
    """What the campaign comes to with each method, compared with holding on the same luck."""
    hold = _lived(start.fork({}), months, asked.operator)
    rows: Rows = []
    for name in asked.methods or []:
        moves = Scheduled({0: [StartCampaign(campaign_of(name, asked))]})
        arm = _lived(start.fork({asked.operator: moves}), months, asked.operator)
        rows += [(name, figure, 0.0, value) for figure, value in _compared(arm, hold).items()]
    return rows + _over_coin(rows)


def _over_coin(rows: Rows) -> Rows:
    """What each method earns more than a coin on the same luck, if a coin was asked for."""
    values = {method: value for method, figure, _, value in rows if figure == "value_yuan"}
    if "coin" not in values:
        return []
    return [(name, "over_coin_yuan", 0.0, value - values["coin"]) for name, value in values.items()]


class _Lived:
    """A market some months on, and what was written down meanwhile."""

    def __init__(self, market: Market, operator: str) -> None:
        self.market = market
        self.name = operator
        self.diary = AccountPaths.begin(market, market.operator(operator).index)
        self.main: list[NDArray[np.int64]] = []
        self.contacted: list[NDArray[np.bool_]] = []

    def step(self) -> None:
        """Live a month; who was reached by the operator is written down."""
        self.market.step()
        self.diary.note(self.market)
        record = self.market.population.record
        reached = ((record.events & Event.CONTACTED) != 0) & (record.origin == self.diary.focal)
        self.main.append(main_operator(self.market))
        self.contacted.append(reached)


def _lived(market: Market, months: int, operator: str) -> _Lived:
    lived = _Lived(market, operator)
    for _ in range(months):
        lived.step()
    return lived


def _compared(arm: _Lived, hold: _Lived) -> dict[str, float]:
    """Figures of one campaign; people and money are those of the whole market."""
    market, focal = arm.market, arm.diary.focal
    begin = market.shock_month
    npv = [kpis_of(m, arm.name, begin)["npv_yuan"] for m in (market, hold.market)]
    group = groups_of(focal, arm.diary.start, hold.main[-1], arm.main[-1])
    lines = market.population.columns().lines
    money = (arm.diary.paid_fen - hold.diary.paid_fen) / 100.0 / (1.0 + market.settings.vat_rate)

    def of(which: UpliftGroup) -> NDArray[np.bool_]:
        return group == GROUPS.index(which)

    saved, driven = of(UpliftGroup.PERSUADABLES), of(UpliftGroup.SLEEPING_DOGS)
    contacts, hits = _precision(arm, hold, focal)
    return {
        "value_yuan": npv[0] - npv[1],
        "contacts": contacts * market.scale,
        "precision": hits / contacts if contacts else float("nan"),
        "saved_lines": float(lines[saved].sum() - lines[driven].sum()) * market.scale,
        "windfall_yuan": -float(money[of(UpliftGroup.SURE_THINGS)].sum()) * market.scale,
    }


def _precision(arm: _Lived, hold: _Lived, focal: int) -> tuple[int, int]:
    """Contacts, and how many reached somebody who leaves within `RISK_MONTHS` under hold.

    Contacts in the last months, of which that is not known, are left out of both.
    """
    contacts = hits = 0
    for month, reached in enumerate(arm.contacted[: len(arm.contacted) - RISK_MONTHS + 1]):
        later = hold.main[month + RISK_MONTHS - 1]
        contacts += int(reached.sum())
        hits += int((later[reached] != focal).sum())
    return contacts, hits
