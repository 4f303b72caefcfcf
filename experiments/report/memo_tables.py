"""The annex's tables of options: findings as the texts of rows and cells."""

from dataclasses import dataclass
from typing import Literal

from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.summary import Summary
from experiments.analysis.uplift import ALL, Uplift
from experiments.measures.indicators import DIMENSIONS, KPIS, Kpi, on_scorecard
from experiments.report.wording import condition_sentence, failure_sentence
from experiments.report.words.catalogue import GROUPS
from experiments.report.words.words import Words

Sign = Literal["better", "worse", "unclear", "same"]


@dataclass(frozen=True)
class DifferenceCell:
    """A paired difference as text, its interval, and whether it is good or bad."""

    text: str
    range: str
    """Empty if there is no interval."""
    sign: Sign


def difference_cell(kpi: Kpi, gap: Interval, words: Words) -> DifferenceCell:
    """A KPI's difference from `hold`, in the unit the KPI is read in."""
    if gap.mean is None or gap.low is None or gap.high is None:
        return DifferenceCell("–", "", "unclear")
    text = words.numbers.kpi_value(kpi, gap.mean, difference=True)
    spread = words.numbers.kpi_span(kpi, gap.low, gap.high) if gap.n > 1 else ""
    return DifferenceCell(text, spread, sign_of(kpi, gap))


def sign_of(kpi: Kpi, gap: Interval) -> Sign:
    """Better or worse only if the interval excludes zero, and the KPI says which way is better."""
    if gap.mean is None or gap.low is None or gap.high is None:
        return "unclear"
    if not gap.mean and not gap.low and not gap.high:
        return "same"
    if gap.n < 2 or gap.low <= 0 <= gap.high or kpi.better == "neither":
        return "unclear"
    return "better" if (gap.mean > 0) == kpi.higher_is_better else "worse"


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
    rows: tuple[ScoreRow, ...]


def scorecard(summary: Summary, words: Words) -> tuple[ScoreCard, ...]:
    """The four dimensions: each indicator under `hold`, and what the featured arm changes."""
    levels, gaps = summary.arms[HOLD].kpis, summary.arms[summary.featured].vs_hold

    def rows(kpis: tuple[Kpi, ...]) -> tuple[ScoreRow, ...]:
        return tuple(
            ScoreRow(
                words.kpi(kpi),
                words.numbers.kpi_value(kpi, level),
                difference_cell(kpi, gaps[kpi.name], words),
            )
            for kpi in kpis
            if kpi.name in levels and (level := levels[kpi.name].mean) is not None
        )

    return tuple(ScoreCard(words.dimension(d), rows(on_scorecard(d))) for d in DIMENSIONS)


@dataclass(frozen=True)
class AlternativeRow:
    """An arm that is not recommended: how far behind it is and where it would win."""

    arm: str
    behind: str
    wins: str


def alternative_rows(summary: Summary, words: Words) -> tuple[AlternativeRow, ...]:
    """Those that win in most worlds first."""
    rows: list[AlternativeRow] = []
    for other in sorted(summary.recommendation.alternatives, key=lambda row: -row.wins.negative):
        behind = other.behind_by
        if behind.mean is None or behind.low is None or behind.high is None:
            continue
        key = "annex.change.behind" if behind.mean >= 0 else "annex.change.ahead"
        said = words(
            key, amount=words.numbers.money(abs(behind.mean)),
            span=words.numbers.money_span(behind.low, behind.high),
        )  # fmt: skip
        rows.append(AlternativeRow(other.arm, said, condition_sentence(other.wins, words, "wins")))
    return tuple(rows)


@dataclass(frozen=True)
class GroupCell:
    """One uplift group: its people and the difference in what they pay."""

    people: str
    money: str


@dataclass(frozen=True)
class GroupRow:
    """A customer segment or an arm."""

    name: str
    total: bool
    cells: tuple[GroupCell, ...]


@dataclass(frozen=True)
class UpliftTables:
    """People and money by uplift group."""

    groups: tuple[str, ...]
    segments: tuple[GroupRow, ...]
    """The featured arm, by segment."""
    arms: tuple[GroupRow, ...]
    """Every other arm, all segments."""


def uplift_tables(summary: Summary, words: Words) -> UpliftTables:
    """True saves and windfall: by segment for the featured arm, in total for every arm."""

    def row(name: str, uplift: Uplift, segment: str) -> GroupRow:
        crowd, sums = uplift.people.loc[[segment]], uplift.money_yuan.loc[[segment]]
        cells = (
            GroupCell(
                words.numbers.people(float(crowd[group].iloc[0])),
                words.numbers.money(float(sums[group].iloc[0]), signed=True),
            )
            for group in GROUPS
        )
        return GroupRow(name, segment == ALL, tuple(cells))

    others = [arm for arm in summary.arms if arm != HOLD]
    featured = summary.uplift[summary.featured]
    segments = featured.segments if others else ()
    return UpliftTables(
        tuple(words.group(group) for group in GROUPS),
        tuple(row(words.segment(segment), featured, segment) for segment in segments),
        tuple(row(words.arm(arm), summary.uplift[arm], ALL) for arm in others),
    )


@dataclass(frozen=True)
class KpiRow:
    """One indicator: its level under `hold` and every other arm's difference."""

    name: str
    label: str
    hold: str
    gaps: tuple[DifferenceCell, ...]


def kpi_rows(summary: Summary, words: Words) -> tuple[KpiRow, ...]:
    """Every KPI that was measured."""
    levels = summary.arms[HOLD].kpis
    others = [findings for arm, findings in summary.arms.items() if arm != HOLD]

    def row(kpi: Kpi) -> KpiRow:
        level = levels[kpi.name].mean
        return KpiRow(
            kpi.name,
            words.kpi(kpi),
            "–" if level is None else words.numbers.kpi_value(kpi, level),
            tuple(difference_cell(kpi, arm.vs_hold[kpi.name], words) for arm in others),
        )

    return tuple(row(kpi) for kpi in KPIS if kpi.name in levels)


@dataclass(frozen=True)
class FailedRow:
    """An arm of which some run failed."""

    arm: str
    sentence: str
    reason: str
    """What the first failure said."""


def failed_rows(summary: Summary, words: Words) -> tuple[FailedRow, ...]:
    """What became of every arm that failed."""
    return tuple(
        FailedRow(words.sentence(words.arm(arm.arm)), failure_sentence(arm, words), arm.reason)
        for arm in summary.failed_arms.values()
    )
