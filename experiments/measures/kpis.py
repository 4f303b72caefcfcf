"""From a market that has been lived to the figures people ask for, read from tallies and ledger."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.market import Market
from sim.ledger import Flow
from sim.vocabulary import SEGMENTS, Measure

ALL = "all"
_REVENUE = (Flow.MOBILE, Flow.BROADBAND, Flow.EXIT_FEE)
_WINNING = (Flow.COMMISSION, Flow.ADVERTISING)

# Counts and sums that can be added over regions and segments: name → (measure, unit factor).
_ADDITIVE: dict[str, tuple[Measure, float]] = {
    "accounts": (Measure.ACCOUNTS, 1.0),
    "lines": (Measure.LINES, 1.0),
    "second_lines": (Measure.SECOND_LINES, 1.0),
    "active_lines": (Measure.ACTIVE_LINES, 1.0),
    "broadband_lines": (Measure.BROADBAND_LINES, 1.0),
    "gross_adds": (Measure.GROSS_ADDS, 1.0),
    "churned_lines": (Measure.CHURNED_LINES, 1.0),
    "mobile_paid_yuan": (Measure.MOBILE_FEN, 0.01),
    "broadband_paid_yuan": (Measure.BROADBAND_FEN, 0.01),
    "discount_yuan": (Measure.DISCOUNT_FEN, 0.01),
    "traffic_gb": (Measure.TRAFFIC_MB, 0.001),
    "complaints": (Measure.COMPLAINTS, 1.0),
    "contacts": (Measure.CONTACTS, 1.0),
    "accepted": (Measure.ACCEPTED, 1.0),
}


@dataclass(frozen=True)
class Money:
    """One operator's months in real yuan, net of tax; arrays `[month]`."""

    revenue: NDArray[np.float64]
    contribution: NDArray[np.float64]
    winning: NDArray[np.float64]
    serving: NDArray[np.float64]
    wholesale: NDArray[np.float64]


def money_of(market: Market, operator: str, start: int) -> Money:
    """Read an operator's money from the ledger, from month `start` on."""
    scale = market.scale / 100.0
    vat = market.settings.vat_rate
    columns: list[tuple[float, float, float, float, float]] = []
    for month in range(start, market.month):
        got = market.ledger.received(operator, month)
        paid = market.ledger.paid(operator, month)
        gross = sum(got.get(flow, 0) for flow in _REVENUE)
        columns.append(
            (
                gross / (1.0 + vat),
                market.ledger.balance(operator, month),
                sum(paid.get(flow, 0) for flow in _WINNING),
                paid.get(Flow.SERVING, 0),
                paid.get(Flow.WHOLESALE, 0),
            )
        )
    return Money(*(np.array(column) * scale for column in zip(*columns, strict=True)))


def kpis_of(market: Market, operator: str, start: int) -> dict[str, float]:
    """Every KPI of one operator over the months from `start`; definitions in docs/kpis.md."""
    index = market.operator(operator).index
    tallies = np.array([t.sum(axis=(1, 2)) for t in market.tallies])
    mine = tallies[start:, index, :].astype(np.float64)
    last, before = mine[-1], tallies[start - 1, index] if start else tallies[0, index]
    lines = np.maximum(mine[:, Measure.LINES], 1.0)
    accounts = np.maximum(mine[:, Measure.ACCOUNTS], 1.0)
    money = money_of(market, operator, start)
    net = 1.0 + market.settings.vat_rate
    gross_adds = mine[:, Measure.GROSS_ADDS].sum()
    churn = float(mine[:, Measure.CHURNED_LINES].sum() / lines.sum())
    rate = (1.0 + market.settings.discount_yearly) ** (1.0 / 12.0) - 1.0
    real_line_months = lines.sum() * market.scale
    margin = float((money.revenue - money.serving - money.wholesale).sum() / real_line_months)
    discount = (1.0 + rate) ** -np.arange(len(mine))
    revenue = float(money.revenue.sum())
    return {
        "share": float(last[Measure.LINES] / tallies[-1, :, Measure.LINES].sum()),
        "net_adds": float(last[Measure.LINES] - before[Measure.LINES]) * market.scale,
        "gross_adds": float(gross_adds) * market.scale,
        "churn_rate": churn,
        "acquisition_cost_yuan": float(money.winning.sum() / max(gross_adds * market.scale, 1.0)),
        "arpu_yuan": float(mine[:, Measure.MOBILE_FEN].sum() / lines.sum() / net / 100.0),
        "ltv_yuan": margin / (churn + rate) if churn + rate > 0 else 0.0,
        "penetration": float(last[Measure.WITH_BENEFIT] / accounts[-1]),
        "active_rate": float(mine[:, Measure.ACTIVE_LINES].sum() / lines.sum()),
        "nps": float(last[Measure.PROMOTERS] - last[Measure.DETRACTORS]) / accounts[-1] * 100.0,
        "complaint_rate": float(mine[:, Measure.COMPLAINTS].sum() / accounts.sum()),
        "partners": float(sum(index in p.alliances for p in market.partners)),
        "ecosystem_revenue_share": float(money.wholesale.sum()) / max(revenue, 1.0),
        "service_revenue_yuan": revenue,
        "contribution_yuan": float(money.contribution.sum()),
        "npv_yuan": float((money.contribution * discount).sum()),
    } | _points(market, index)


def _points(market: Market, operator: int) -> dict[str, float]:
    """What an operator owes for points, and how many of those settled were never redeemed."""
    books = [b for (who, _), b in market.programmes.liabilities.items() if who == operator]
    owed = sum(book.months[-1].closing for book in books)
    settled = sum(book.redeemed + book.lapsed for book in books)
    lapsed = sum(book.lapsed for book in books)
    return {
        "points_liability_yuan": owed / 100.0 * market.scale,
        "points_breakage": lapsed / settled if settled else 0.0,
    }


def monthly_table(market: Market, start: int, *, full: bool) -> pd.DataFrame:
    """Tidy monthly tallies: `month, operator, region, segment, measure, value`.

    Real people and yuan. Totals (`all`) beside single regions and segments; with `full`, every pair
    too.
    """
    # month, operator, region, segment, measure
    cube = np.array(market.tallies[start:]).astype(np.float64)
    cube = np.concatenate([cube, cube.sum(axis=2, keepdims=True)], axis=2)
    cube = np.concatenate([cube, cube.sum(axis=3, keepdims=True)], axis=3)
    cube = np.concatenate([cube, cube.sum(axis=1, keepdims=True)], axis=1)
    values = _measures(cube, market)
    operators = [*market.settings.operators, ALL]
    regions, segments = [*market.regions, ALL], [*SEGMENTS, ALL]
    names = list(values)
    stacked = np.stack([values[name] for name in names], axis=-1)
    keep = np.ones(stacked.shape[:4], dtype=bool)
    if not full:
        keep[:, :, :-1, :-1] = False
    month, operator, region, segment = np.nonzero(keep)
    rows = stacked[keep]
    n = len(names)
    return pd.DataFrame(
        {
            "month": np.repeat(month.astype(np.int32), n),
            "operator": _labels(np.repeat(operator, n), operators),
            "region": _labels(np.repeat(region, n), regions),
            "segment": _labels(np.repeat(segment, n), segments),
            "measure": _labels(np.tile(np.arange(n), len(rows)), names),
            "value": rows.reshape(-1),
        }
    )


def _labels(codes: NDArray[np.int64], names: list[str]) -> "pd.Categorical[str]":
    return pd.Categorical.from_codes(codes, categories=pd.Index(names))


def _measures(cube: NDArray[np.float64], market: Market) -> dict[str, NDArray[np.float64]]:
    values = {
        name: cube[..., measure] * factor * market.scale
        for name, (measure, factor) in _ADDITIVE.items()
    }
    lines = np.maximum(cube[..., Measure.LINES], 1.0)
    accounts = np.maximum(cube[..., Measure.ACCOUNTS], 1.0)
    net = 1.0 + market.settings.vat_rate
    values["share"] = cube[..., Measure.LINES] / np.maximum(cube[:, -1:, :, :, Measure.LINES], 1.0)
    values["arpu_yuan"] = cube[..., Measure.MOBILE_FEN] / lines / net / 100.0
    paid_fen = (
        cube[..., Measure.MOBILE_FEN]
        + cube[..., Measure.BROADBAND_FEN]
        + cube[..., Measure.EXIT_FEE_FEN]
    )
    values["service_revenue_yuan"] = paid_fen / net / 100.0 * market.scale
    values["churn_rate"] = cube[..., Measure.CHURNED_LINES] / lines
    values["satisfaction"] = cube[..., Measure.SATISFACTION] / accounts / 10_000.0
    return values
