"""The memo's tables: findings as the texts of rows and cells."""

import math
from dataclasses import dataclass
from typing import Literal

from agents.causes import CARRIED_OUT
from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.recommendation import CRITERION, PilotSize
from experiments.analysis.summary import ArmFindings, Summary
from experiments.analysis.uplift import ALL, Uplift
from experiments.measures.indicators import BY_NAME, DIMENSIONS, KPIS, Kpi, on_scorecard
from experiments.report import style
from experiments.report.move_words import why_sentence
from experiments.report.style import label, money, number
from experiments.report.wording import (
    GROUP_LABELS,
    condition_sentence,
    failure_sentence,
)

Sign = Literal["better", "worse", "unclear", "same"]
NPV, SHARE = BY_NAME[CRITERION], BY_NAME["share"]


@dataclass(frozen=True)
class DifferenceCell:
    """A paired difference as text, its interval, and whether it is good or bad."""

    text: str
    range: str
    """Empty if there is no interval."""
    sign: Sign


def difference_cell(kpi: Kpi, gap: Interval, currency: str) -> DifferenceCell:
    """A KPI's difference from `hold`, in the unit the KPI is read in."""
    if gap.mean is None or gap.low is None or gap.high is None:
        return DifferenceCell("–", "", "unclear")
    text = style.kpi_value(kpi, gap.mean, currency, difference=True)
    spread = style.kpi_range(kpi, gap.low, gap.high) if gap.n > 1 else ""
    return DifferenceCell(text, spread, sign_of(kpi, gap))


def sign_of(kpi: Kpi, gap: Interval) -> Sign:
    """Better or worse only if the interval excludes zero."""
    if gap.mean is None or gap.low is None or gap.high is None:
        return "unclear"
    if not gap.mean and not gap.low and not gap.high:
        return "same"
    if gap.n < 2 or gap.low <= 0 <= gap.high:
        return "unclear"
    return "better" if (gap.mean > 0) == kpi.higher_is_better else "worse"


@dataclass(frozen=True)
class OptionRow:
    """One arm on the first page; money in the unit of its table."""

    arm: str
    description: str
    npv: DifferenceCell
    share: DifferenceCell
    loses: int
    worlds: int
    cost: str
    windfall: str


@dataclass(frozen=True)
class OptionsTable:
    """Every arm with an NPV, the best first."""

    unit: str
    rows: tuple[OptionRow, ...]


def options_table(summary: Summary) -> OptionsTable:
    """Gain, share, risk, cost and windfall of each arm, all money in one unit."""
    advice = summary.recommendation
    arms = [arm for arm in summary.arms if arm in advice.losses]
    means = {arm: summary.arms[arm].vs_hold[CRITERION].mean or 0.0 for arm in arms}
    divisor, word = style.scale_of(means.values())
    return OptionsTable(
        " ".join(filter(None, (word, summary.labels.currency))),
        tuple(_option(summary, arm, divisor) for arm in sorted(arms, key=lambda arm: -means[arm])),
    )


def _option(summary: Summary, arm: str, divisor: float) -> OptionRow:
    findings, losses = summary.arms[arm], summary.recommendation.losses[arm]
    cost = findings.extra_cost_yuan
    return OptionRow(
        arm=arm,
        description=summary.labels.arms.get(arm, ""),
        npv=_scaled(findings, divisor),
        share=_share(findings, summary.labels.currency),
        loses=losses.losing,
        worlds=losses.worlds,
        cost=number(math.nan if cost is None else cost / divisor, signed=True),
        windfall=number(summary.uplift[arm].windfall_yuan / divisor),
    )


def _scaled(findings: ArmFindings, divisor: float) -> DifferenceCell:
    npv = findings.vs_hold[CRITERION]
    mean, low, high = npv.mean or 0.0, npv.low or 0.0, npv.high or 0.0
    spread = f"{number(low / divisor)} to {number(high / divisor)}" if npv.n > 1 else ""
    return DifferenceCell(number(mean / divisor, signed=True), spread, sign_of(NPV, npv))


def _share(findings: ArmFindings, currency: str) -> DifferenceCell:
    """The share in points, the unit being in the column's title."""
    share = findings.vs_hold[SHARE.name]
    cell = difference_cell(SHARE, share, currency)
    text = "–" if share.mean is None else number(100 * share.mean, signed=True)
    return DifferenceCell(text, cell.range, cell.sign)


@dataclass(frozen=True)
class ScoreRow:
    """One indicator on the scorecard."""

    label: str
    level: str
    """Under `hold`."""
    gap: DifferenceCell


@dataclass(frozen=True)
class ScoreCard:
    """One of the four dimensions."""

    name: str
    label_zh: str
    rows: tuple[ScoreRow, ...]


def scorecard(summary: Summary) -> tuple[ScoreCard, ...]:
    """The four dimensions: each indicator under `hold`, and what the featured arm changes."""
    levels, gaps = summary.arms[HOLD].kpis, summary.arms[summary.featured].vs_hold
    currency = summary.labels.currency

    def rows(kpis: tuple[Kpi, ...]) -> tuple[ScoreRow, ...]:
        return tuple(
            ScoreRow(
                kpi.label,
                style.kpi_value(kpi, level, currency),
                difference_cell(kpi, gaps[kpi.name], currency),
            )
            for kpi in kpis
            if kpi.name in levels and (level := levels[kpi.name].mean) is not None
        )

    return tuple(ScoreCard(d.name, d.label_zh, rows(on_scorecard(d))) for d in DIMENSIONS)


@dataclass(frozen=True)
class MoveRow:
    """What somebody did, how often, when and why."""

    actor: str
    action: str
    outcome: str
    remark: str
    """The outcome where it is worth a word on the first page, else empty."""
    month: str
    reason: str
    runs: int
    of: int
    hold: int
    of_hold: int


def move_rows(summary: Summary) -> tuple[MoveRow, ...]:
    """Moves of rivals and partners, those that differ most from `hold` first."""
    return tuple(
        MoveRow(
            actor=summary.labels.operator_label(move.actor),
            action=label(move.action),
            outcome=move.outcome,
            remark="" if move.outcome in CARRIED_OUT else move.outcome,
            month=number(move.first_month, 0),
            reason=why_sentence(move, summary.labels),
            runs=move.runs,
            of=move.runs_of_arm,
            hold=move.runs_under_hold,
            of_hold=move.runs_of_hold,
        )
        for move in summary.moves
    )


@dataclass(frozen=True)
class AlternativeRow:
    """An arm that is not recommended: how far behind it is and where it would win."""

    arm: str
    behind: str
    side: Literal["behind", "ahead on average"]
    range: str
    wins: str


@dataclass(frozen=True)
class WhatWouldChange:
    """What could overturn the recommendation."""

    alternatives: tuple[AlternativeRow, ...]
    """Those that win in most worlds first."""
    knowing: str | None
    """The value of knowing the world; `None` if it is nothing."""
    pilot: PilotSize | None


def what_would_change(summary: Summary) -> WhatWouldChange:
    """The alternatives, the value of knowing the world, and a pilot."""
    advice, currency = summary.recommendation, summary.labels.currency
    rows: list[AlternativeRow] = []
    for other in sorted(advice.alternatives, key=lambda row: -row.wins.negative):
        behind = other.behind_by
        if behind.mean is None or behind.low is None or behind.high is None:
            continue
        rows.append(
            AlternativeRow(
                other.arm,
                money(abs(behind.mean), currency),
                "behind" if behind.mean >= 0 else "ahead on average",
                style.money_range(behind.low, behind.high),
                condition_sentence(other.wins, "wins"),
            )
        )
    value = advice.value_of_knowing_the_world_yuan
    return WhatWouldChange(tuple(rows), money(value, currency) if value else None, advice.pilot)


@dataclass(frozen=True)
class GroupCell:
    """One uplift group: its people and the difference in what they pay."""

    people: str
    money: str


@dataclass(frozen=True)
class GroupRow:
    """A customer segment or an arm."""

    name: str
    cells: tuple[GroupCell, ...]


@dataclass(frozen=True)
class UpliftTables:
    """People and money by uplift group."""

    groups: tuple[str, ...]
    segments: tuple[GroupRow, ...]
    """The featured arm, by segment."""
    arms: tuple[GroupRow, ...]
    """Every other arm, all segments."""


def uplift_tables(summary: Summary) -> UpliftTables:
    """True saves and windfall: by segment for the featured arm, in total for every arm."""
    currency = summary.labels.currency

    def row(name: str, uplift: Uplift, segment: str) -> GroupRow:
        crowd, sums = uplift.people.loc[[segment]], uplift.money_yuan.loc[[segment]]
        cells = (
            GroupCell(
                style.people(float(crowd[group].iloc[0])),
                money(float(sums[group].iloc[0]), currency, signed=True),
            )
            for group in GROUP_LABELS
        )
        return GroupRow(name, tuple(cells))

    others = [arm for arm in summary.arms if arm != HOLD]
    featured = summary.uplift[summary.featured]
    segments = featured.segments if others else ()
    return UpliftTables(
        tuple(GROUP_LABELS.values()),
        tuple(row(segment, featured, segment) for segment in segments),
        tuple(row(arm, summary.uplift[arm], ALL) for arm in others),
    )


@dataclass(frozen=True)
class KpiRow:
    """One indicator: its level under `hold` and every other arm's difference."""

    name: str
    label: str
    hold: str
    gaps: tuple[DifferenceCell, ...]


def kpi_rows(summary: Summary) -> tuple[KpiRow, ...]:
    """Every KPI that was measured."""
    currency = summary.labels.currency
    levels = summary.arms[HOLD].kpis
    others = [findings for arm, findings in summary.arms.items() if arm != HOLD]

    def row(kpi: Kpi) -> KpiRow:
        level = levels[kpi.name].mean
        return KpiRow(
            kpi.name,
            kpi.label,
            "–" if level is None else style.kpi_value(kpi, level, currency),
            tuple(difference_cell(kpi, arm.vs_hold[kpi.name], currency) for arm in others),
        )

    return tuple(row(kpi) for kpi in KPIS if kpi.name in levels)


@dataclass(frozen=True)
class FailedRow:
    """An arm of which some run failed."""

    arm: str
    sentence: str
    reason: str
    """What the first failure said."""


def failed_rows(summary: Summary) -> tuple[FailedRow, ...]:
    """What became of every arm that failed."""
    return tuple(
        FailedRow(arm.arm, failure_sentence(arm), arm.reason)
        for arm in summary.failed_arms.values()
    )
