"""Options over several horizons, and where the money of each goes: tables and page one's lines."""

from dataclasses import dataclass

from experiments.analysis.costs import Cost, CostBreakdown
from experiments.analysis.horizons import Horizons
from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.summary import Summary
from experiments.report.words.numbers import Scale, number
from experiments.report.words.words import Words


@dataclass(frozen=True)
class TextTable:
    """Titles, rows of texts whose first is a name, and what must be known to read it."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


def horizon_table(summary: Summary, words: Words) -> TextTable | None:
    """NPV and what comes after it at each horizon; `None` if money was not stored."""
    horizons = summary.horizons
    if horizons is None:
        return None
    arms = [arm for arm in summary.arms if arm != HOLD]
    values = [
        value
        for horizon in horizons.at.values()
        for arm in arms
        for value in (horizon.arms[arm].npv_yuan.mean, horizon.arms[arm].terminal_yuan.mean)
        if value is not None
    ]
    scale = words.numbers.money_scale(values)
    titles = [words("time.option")]
    for months in horizons.at:
        span = words.counted("month", months)
        titles += [f"{span}: {words('time.npv')}", words("time.after")]
    titles += [words("time.break_even"), words("time.run_rate")]
    missing = ""
    if horizons.not_lived:
        months = words.listed([words.counted("month", m) for m in horizons.not_lived])
        missing = words("time.missing", months=months)
    note = words("time.note", unit=scale.unit, missing=missing)
    return TextTable(
        tuple(titles), tuple(_horizon_row(horizons, arm, scale, words) for arm in arms), note
    )


def _horizon_row(found: Horizons, arm: str, scale: Scale, words: Words) -> tuple[str, ...]:
    cells = [words.arm(arm)]
    for horizon in found.at.values():
        value = horizon.arms[arm]
        cells += [_mean(value.npv_yuan, scale), _mean(value.terminal_yuan, scale)]
    month = found.break_even_month[arm]
    cells.append(words("time.never") if month is None else number(month, 0))
    return (*cells, _mean(found.run_rate_yuan[arm], scale))


def time_lines(summary: Summary, words: Words) -> tuple[str, ...]:
    """What the length of time changes, for page one."""
    horizons, arm = summary.horizons, summary.featured
    if horizons is None or arm == HOLD:
        return ()
    lines = [
        words(
            "time.change.lifetime" if change.lifetime else "time.change",
            months=words.counted("month", change.months), leader=words.arm(change.leader),
            arm=words.arm(summary.recommendation.best),
            amount=words.numbers.money(change.ahead_by.mean or 0.0),
        )
        for change in horizons.changes
    ]  # fmt: skip
    if not lines:
        *earlier, last = horizons.at
        months = words.listed([*map(str, earlier), words.counted("month", last)], "or")
        lines.append(words("time.same", months=months))
    month, name = horizons.break_even_month[arm], words.sentence(words.arm(arm))
    if month is None:
        total = words.counted("month", summary.labels.months)
        lines.append(words("time.unpaid", arm=name, months=total))
    elif month == 0:
        lines.append(words("time.free", arm=name))
    else:
        lines.append(words("time.paid", arm=name, months=words.counted("month", month)))
    return tuple(lines)


def cost_table(summary: Summary, words: Words) -> TextTable | None:
    """Revenue, each kind of cost, and what is left; `None` if money was not stored."""
    arms = [arm for arm in summary.costs if arm != HOLD]
    if not arms:
        return None
    means = [span.mean for arm in arms for span in _spans(summary.costs[arm])]
    scale = words.numbers.money_scale([mean for mean in means if mean is not None])
    titles = (
        words("time.option"), words("costs.revenue"),
        *(words(f"cost.{cost.value}") for cost in Cost),
        words("costs.total"), words("costs.contribution"),
        words("costs.return", currency=words.numbers.money_word), words("costs.partners.earn"),
    )  # fmt: skip
    rows = [
        (
            words.arm(arm),
            *(_mean(span, scale) for span in _spans(summary.costs[arm])),
            _ratio(summary.costs[arm].return_on_cost),
            _mean(summary.costs[arm].partners_earn_yuan, scale),
        )
        for arm in arms
    ]
    months = words.counted("month", summary.labels.months)
    return TextTable(titles, tuple(rows), words("costs.note", months=months, unit=scale.unit))


def _spans(costs: CostBreakdown) -> tuple[Interval, ...]:
    kinds = (costs.costs_yuan[cost] for cost in Cost)
    return (costs.revenue_yuan, *kinds, costs.cost_yuan, costs.contribution_yuan)


def cost_lines(summary: Summary, words: Words) -> tuple[str, ...]:
    """What the featured arm costs and what for, the largest part first."""
    costs, arm = summary.costs.get(summary.featured), summary.featured
    if costs is None or arm == HOLD or costs.cost_yuan.mean is None:
        return ()
    parts = {cost: costs.costs_yuan[cost].mean or 0.0 for cost in Cost}
    scale = words.numbers.money_scale([costs.cost_yuan.mean, *parts.values()])
    least = 0.02 * max(map(abs, parts.values()), default=0.0)
    named = [
        words("do.part", what=words(f"cost.{cost.value}"), amount=scale.text(amount))
        for cost, amount in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if abs(amount) > least
    ]
    back = costs.return_on_cost.mean
    lines = [
        words(
            "costs.line" if back is not None else "costs.line.unsure",
            arm=words.arm(arm), months=words.counted("month", summary.labels.months),
            cost=words.numbers.with_unit(costs.cost_yuan.mean, scale),
            parts=words.listed(named) or "–", currency=words.numbers.money_word,
            back=_ratio(costs.return_on_cost),
        )
    ]  # fmt: skip
    theirs = costs.partners_earn_yuan.mean or 0.0
    if abs(theirs) > least:
        key = "costs.partners" if theirs > 0 else "costs.partners.less"
        lines.append(words(key, theirs=words.numbers.money(abs(theirs))))
    return tuple(lines)


def _mean(span: Interval, scale: Scale) -> str:
    return "–" if span.mean is None else scale.text(span.mean, signed=True)


def _ratio(span: Interval) -> str:
    return "–" if span.mean is None else number(span.mean, 2, signed=True)
