"""Damage, horizons, costs and ranges of worlds as plain tables of a memo."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.causes import Cause
from experiments.analysis.costs import Cost
from experiments.analysis.damage import Damage
from experiments.analysis.horizons import Horizons
from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.summary import Summary
from experiments.report.horizon_words import change_phrase
from experiments.report.move_words import why_sentence
from experiments.report.style import label, money, money_range, number


@dataclass(frozen=True)
class PlainTable:
    """A table of texts, and what must be known to read it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def finding_tables(summary: Summary) -> tuple[PlainTable, ...]:
    """Every table that can be filled, in the order in which one asks."""
    found = (_damage(summary), _over_time(summary), _ranges(summary), _costs(summary))
    return tuple(table for table in found if table is not None)


def attack_lines(summary: Summary) -> tuple[str, ...]:
    """What of the attack did not happen as asked for; one sentence each."""
    name = summary.labels.operator_label
    return tuple(
        f"{name(move.actor)}'s {label(move.action)} was "
        f"{'trimmed' if move.cause == Cause.WITHIN_RULES else move.outcome} in {move.runs} of "
        f"{move.runs_of_arm} runs: {why_sentence(move, summary.labels)}"
        for move in summary.refusals
    )


def _damage(summary: Summary) -> PlainTable | None:
    damage, currency = summary.damage, summary.labels.currency
    if damage is None:
        return None
    if not damage.attackers:
        return PlainTable(
            "The damage", ("", "NPV"), (("we hold", _amount(damage.attack_npv_yuan, currency)),),
            "No rival moves of its own accord: there is no attack, and no damage to repair.",
        )  # fmt: skip
    rows = [
        ("no attack", _amount(damage.no_attack_npv_yuan, currency), ""),
        ("attack, we hold", _amount(damage.attack_npv_yuan, currency), ""),
        ("damage", _amount(damage.damage_yuan, currency), ""),
        *(
            (f"repaired by {label(arm)}", "", _share(share))
            for arm, share in damage.repaired_share.items()
        ),
        *_bills(summary, damage),
    ]
    return PlainTable(
        "The damage", ("", "NPV", "share of the damage"), tuple(rows),
        f"Means over {damage.damage_yuan.n} worlds (seeds, if there is one world) and 95 % "
        "intervals. Without an attack nobody moves: the same customers, the same luck.",
    )  # fmt: skip


def _bills(summary: Summary, damage: Damage) -> Iterable[tuple[str, str, str]]:
    for bill in damage.bills.values():
        who = summary.labels.operator_label(bill.operator)
        change = _amount(bill.npv_change_yuan[HOLD], summary.labels.currency)
        yield (
            f"{who}'s own bill, we hold",
            change,
            f"pays for itself {_after(bill.break_even_month)}",
        )


def _over_time(summary: Summary) -> PlainTable | None:
    horizons, currency = summary.horizons, summary.labels.currency
    if horizons is None:
        return None
    ends = list(horizons.at)
    header = (
        "option", *(f"NPV, {months} months" for months in ends),
        "customers from then on", "together", "pays back", "last year",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for arm in horizons.longest.arms:
        if arm == HOLD:
            continue
        last = horizons.longest.arms[arm]
        rows.append(
            (
                label(arm),
                *(_amount(horizons.at[months].arms[arm].npv_yuan, currency) for months in ends),
                _amount(last.terminal_yuan, currency),
                _amount(last.total_yuan, currency),
                _after(horizons.break_even_month[arm]),
                _amount(horizons.run_rate_yuan[arm], currency),
            )
        )
    return PlainTable("Over time, against holding", header, tuple(rows), " ".join(_notes(horizons)))


def _notes(horizons: Horizons) -> Iterable[str]:
    yield (
        "Customers from then on: the margin of those who are with us at the end, for as long as "
        "they stay by the churn and margin of the last year; no customers to come."
    )
    if horizons.not_lived:
        months = " and ".join(str(months) for months in horizons.not_lived)
        yield f"Nothing is said about {months} months: the run is shorter."
    for change in horizons.changes:
        yield f"{change_phrase(change)}, {label(change.leader)} leads."


def _ranges(summary: Summary) -> PlainTable | None:
    currency, losses = summary.labels.currency, summary.recommendation.losses
    rows = [
        (
            label(arm),
            _amount(findings.vs_hold["npv_yuan"], currency),
            money_range(span.p05, span.p95),
            money(span.worst, currency),
            f"{losses[arm].losing} of {losses[arm].worlds}",
            f"{number(100 * losses[arm].at_most, 0)} in 100",
        )
        for arm, findings in summary.arms.items()
        if arm != HOLD and arm in losses and (span := findings.range) is not None
    ]
    if not rows or summary.run.worlds_with_results < 2:
        return None
    return PlainTable(
        "How well the mean is known, and the range of worlds we may live in",
        ("option", "mean and its interval", "90 % of worlds", "worst world", "loses in", "at most"),
        tuple(rows),
        "More worlds narrow the interval of the mean, not the range. At most: in how many worlds "
        "of 100 it may lose, given how few were drawn (upper 95 % bound, Clopper and Pearson "
        "1934).",
    )


def _costs(summary: Summary) -> PlainTable | None:
    currency = summary.labels.currency
    if not summary.costs:
        return None
    shown: Sequence[Cost] = list(Cost)
    rows = [
        (
            label(arm),
            _mean(found.revenue_yuan, currency),
            *(_mean(found.costs_yuan[cost], currency) for cost in shown),
            _mean(found.contribution_yuan, currency),
            _share(found.return_on_cost),
            _mean(found.partners_earn_yuan, currency),
        )
        for arm, found in summary.costs.items()
        if arm != HOLD
    ]
    header = (
        "option", "revenue of customers kept, won, lost", *(label(cost.value) for cost in shown),
        "contribution", "return on cost", "partners earn",
    )  # fmt: skip
    return PlainTable(
        "Where the money goes, against holding", header, tuple(rows),
        "Means over worlds, whole horizon, not discounted: revenue less the costs is the "
        "contribution. What partners earn comes from us, from others and from their own business; "
        "no partner pays an operator.",
    )  # fmt: skip


def _after(months: int | None) -> str:
    if months is None:
        return "not within the run"
    return "from the start" if months == 0 else f"after {months} months"


def _amount(span: Interval, currency: str) -> str:
    if span.mean is None or span.low is None or span.high is None:
        return "–"
    spread = f" ({money_range(span.low, span.high)})" if span.n > 1 else ""
    return money(span.mean, currency, signed=True) + spread


def _mean(span: Interval, currency: str) -> str:
    return "–" if span.mean is None else money(span.mean, currency, signed=True)


def _share(span: Interval) -> str:
    if span.mean is None or span.low is None or span.high is None:
        return "–"
    spread = f" ({number(100 * span.low, 0)} to {number(100 * span.high, 0)})" if span.n > 1 else ""
    return f"{number(100 * span.mean, 0)} %{spread}"
