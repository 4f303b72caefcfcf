"""One campaign with its twin under `hold`: what the twins report, and what is known besides."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.market import Market
from agents.observation import Strategy
from agents.prediction.crm import fits, observe
from agents.settings import MarketSettings
from experiments.measures.counterfactuals import (
    AccountPaths,
    compare_counterfactuals,
    main_operator,
)
from experiments.measures.kpis import kpis_of
from experiments.question.question import Question
from experiments.studies.recovery.twin_cases import (
    CASES,
    CHANNEL,
    OfferCut,
    TwinCase,
    once,
    settings_for,
    solve,
    takers,
)
from sim.money import to_fen

Flags = NDArray[np.bool_]
EXACT, CHANCE, NAIVE = "identity", "in the mean", "naive"
"""Whether reported and known must be equal, or in the mean over markets, or cannot be trusted."""


@dataclass
class TwinPair:
    """A campaign's market and its twin, both at the end."""

    case: TwinCase
    settings: MarketSettings
    start: Market
    hold: Market
    arm: Market
    diaries: tuple[AccountPaths, AccountPaths]
    """Of hold and arm."""
    offers_hold: list[NDArray[np.int64]]
    """Everybody's plan month by month under `hold`."""
    churned_before: float
    """Share of the operator's accounts that left in as many months before."""

    @property
    def gross(self) -> float:
        """What turns reported money into simulated yuan, tax included."""
        return (1.0 + self.settings.vat_rate) / self.arm.scale

    def reported(self) -> dict[str, float]:
        """What the twins say: lines by fate, money and credits, simulated and tax included."""
        hold, arm = self.diaries
        table = compare_counterfactuals(self.arm, arm, hold, main_operator(self.hold))
        fate = table.groupby("fate")
        people = (fate["people"].sum() / self.arm.scale).to_dict()
        money = (fate["money_yuan"].sum() * self.gross).to_dict()
        credit = (fate["credit_yuan"].sum() / self.arm.scale).to_dict()
        return {
            "net": people["kept"] + people["won"] - people["driven_away"],
            "kept": people["kept"],
            "driven_away": people["driven_away"],
            "money": sum(money.values()),
            "windfall": credit["anyway"] - money["anyway"],
        }

    def ledger(self) -> dict[str, float]:
        """Differences in revenue and contribution as the ledger has them, simulated yuan."""
        month = self.arm.shock_month
        arm, hold = (kpis_of(m, self.arm.operators[0].name, month) for m in (self.arm, self.hold))
        revenue = arm["service_revenue_yuan"] - hold["service_revenue_yuan"]
        contribution = arm["contribution_yuan"] - hold["contribution_yuan"]
        return {
            "revenue": revenue * self.gross,
            "contribution": contribution / self.arm.scale,
        }


@dataclass(frozen=True)
class Measurement:
    """One quantity, as it is known by construction and as the study reports it."""

    quantity: str
    kind: str
    known: float
    reported: float
    standard_error: float
    """Of what is reported; missing if it is a count and not an estimate."""


def measure(question: Question, name: str, seed: int) -> pd.DataFrame:
    """Play one case with one seed: `case, seed` and the fields of a `Measurement`, a row each."""
    case = CASES[name]
    pair = live(question, case, question.seed * 1_000_000 + list(CASES).index(name) * 10_000 + seed)
    return pd.DataFrame([{"case": name, "seed": seed} | asdict(row) for row in _KNOWN[name](pair)])


def live(question: Question, case: TwinCase, number: int) -> TwinPair:
    """Live a case's market to the campaign, then with it and without it."""
    settings = settings_for(case, question.market)
    start = Market(settings, question.subscribers, number).run(question.burn_in)
    before = main_operator(start)
    start.run(question.months)
    churned = float((main_operator(start) != 0)[before == 0].mean())
    first, rival = (operator.name for operator in start.operators)
    cut: dict[str, Strategy] = {rival: OfferCut(case.rival_cuts)} if case.rival_cuts else {}
    hold = start.fork(cut)
    arm = start.fork(
        {first: once(case.campaign())} | cut
    )  # neither keeps notes: one may serve both
    diaries = AccountPaths.begin(hold, 0), AccountPaths.begin(arm, 0)
    offers: list[NDArray[np.int64]] = []
    for _ in range(question.months):
        for market, diary in zip((hold, arm), diaries, strict=True):
            market.step()
            diary.note(market)
        offers.append(hold.population.columns().offer.astype(np.int64))
    return TwinPair(case, settings, start, hold, arm, diaries, offers, churned)


def _row(quantity: str, kind: str, known: float, reported: float, error: Any = None) -> Measurement:
    spread = np.nan if error is None else float(error)
    return Measurement(quantity, kind, float(known), float(reported), spread)


def _called(pair: TwinPair) -> Flags:
    return main_operator(pair.start) == 0


def _took(pair: TwinPair) -> Flags:
    return _called(pair) & takers(pair.start, pair.settings, pair.start.month + 1)


def _contact_yuan(pair: TwinPair) -> float:
    return to_fen(pair.settings.channels[CHANNEL].cost_yuan) / 100.0 * _called(pair).sum()


def _books(pair: TwinPair) -> Measurement:
    """Whatever the case: the fates' money adds up to the ledger's difference in revenue."""
    return _row(
        "revenue by fate, in yuan", EXACT, pair.ledger()["revenue"], pair.reported()["money"]
    )


def _nothing(pair: TwinPair) -> list[Measurement]:
    """Worth nothing: nobody takes it, nobody is saved, and it costs its calls."""
    said = pair.reported()
    lost = -pair.ledger()["contribution"]
    return [
        _row("saved lines", EXACT, 0.0, said["net"]),
        _row("windfall, in yuan", EXACT, 0.0, said["windfall"]),
        _row("cost, in yuan", EXACT, _contact_yuan(pair), lost),
        _books(pair),
    ]


def _credit(pair: TwinPair) -> list[Measurement]:
    """For people who cannot leave: all of it is windfall."""
    said = pair.reported()
    given = pair.case.what.credit_yuan * _took(pair).sum()
    lost = -pair.ledger()["contribution"]
    return [
        _row("saved lines", EXACT, 0.0, said["net"]),
        _row("windfall, in yuan", EXACT, given, said["windfall"]),
        _row("cost, in yuan", EXACT, given + _contact_yuan(pair), lost),
        _books(pair),
    ]


def _everything(pair: TwinPair) -> list[Measurement]:
    """Whoever takes it stays on the present plan: saved are those takers who leave under `hold`."""
    said, took = pair.reported(), _took(pair)
    rows = pair.start.book.table().rows
    price = pair.start.book.table().price_fen[:, 0] / 100.0  # the same in all regions
    ours = np.array([rows[i].operator == 0 for i in range(len(rows))])
    hold = np.sum([np.where(ours[o], price[o], 0.0) for o in pair.offers_hold], axis=0)
    first = pair.start.population.columns().offer.astype(np.int64)
    arm = len(pair.offers_hold) * (price[first] - pair.case.what.discount_yuan)
    gone = main_operator(pair.hold) != 0
    return [
        _row("saved lines", EXACT, (took & gone).sum(), said["net"]),
        _row("driven away, in lines", EXACT, 0.0, said["driven_away"]),
        _row("windfall, in yuan", EXACT, (hold - arm)[took & ~gone].sum(), said["windfall"]),
        _row("revenue, in yuan", EXACT, (arm - hold)[took].sum(), said["money"]),
        _books(pair),
    ]


def _formula(pair: TwinPair) -> list[Measurement]:
    """Saved and paid as the logit formula has it, given where people stood and who took it."""
    said, took = pair.reported(), _took(pair)
    solved = solve(pair.settings, pair.case.what.discount_yuan, len(pair.offers_hold))
    columns = pair.start.population.columns()
    where = columns.region[took].astype(int), columns.offer[took].astype(int)
    saved = (solved.stays_taken - solved.stays_hold)[where].sum()
    paid = (solved.paid_taken_yuan - solved.paid_hold_yuan)[where].sum()
    return [
        _row("saved lines", CHANCE, saved, said["net"]),
        _row("revenue, in yuan", CHANCE, paid, said["money"]),
        _books(pair),
    ]


def _trial(pair: TwinPair) -> list[Measurement]:
    """What a company without twins could find out, compared with the twins' number.

    Consent is a coin thrown at birth; it decides who of those that fit is called, and nothing else.
    """
    said = pair.reported()
    start = pair.start
    columns = start.population.columns()
    observed = observe(
        columns, start.population.record, start.book.table(), 0, start.allowance_growth()
    )
    ours = _called(pair)
    fit = ours & fits(pair.case.who.conditions, observed)
    called = fit & (columns.consent == 1)
    stays = main_operator(pair.arm) == 0
    holdout, others = fit & ~called, ours & ~called

    def against(control: Flags) -> tuple[float, float]:
        """Saved among the called, were the control what would have become of them; its error."""
        rate, base = stays[called].mean(), stays[control].mean()
        spread = rate * (1 - rate) / called.sum() + base * (1 - base) / control.sum()
        return float((rate - base) * called.sum()), float(np.sqrt(spread) * called.sum())

    trial, error = against(holdout)
    naive, _ = against(others)
    before = (stays[called].mean() - (1.0 - pair.churned_before)) * called.sum()
    return [
        _row("saved, by random holdout", CHANCE, said["net"], trial, error),
        _row("saved, called against not called", NAIVE, said["net"], naive),
        _row("saved, after against before", NAIVE, said["net"], before),
        _books(pair),
    ]


_KNOWN = {
    "nothing": _nothing,
    "credit": _credit,
    "everything": _everything,
    "formula": _formula,
    "trial": _trial,
}
