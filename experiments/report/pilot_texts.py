"""The sentences of a pilot's plan, and its table of designs."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.analysis.pilot.effects import FEWEST_WORLDS
from experiments.analysis.pilot.estimators import POWER
from experiments.analysis.pilot.measures import good_sign
from experiments.analysis.pilot.plan import LARGEST_FALSE, Plan, is_feasible
from experiments.analysis.pilot.search import QUARTER, Rated
from experiments.analysis.pilot.summary import PilotSummary
from experiments.report.words.numbers import Scale, number
from experiments.report.words.words import Words

_WRONG_WAY = -0.3
"""An early figure that goes so much against the final value is warned of (assumption)."""


@dataclass(frozen=True)
class PlanRow:
    """One design of the table: cells as text, and why it is not the pilot."""

    cells: tuple[str, ...]
    why: str
    chosen: bool


def measure_name(name: str, words: Words) -> str:
    """What a measure is called."""
    return words(f"plan.measure.{name}")


def relative(value: float, words: Words, *, digits: int = 2) -> str:
    """A relative effect."""
    return words.numbers.percent(value, digits, signed=True)


def title(plan: Plan, words: Words) -> str:
    """The plan in one line."""
    arm = words.arm(plan.effects.arm)
    if not plan.feasible or plan.best is None:
        return words("plan.title.none", arm=arm)
    design = plan.best.design
    months = words.counted("month", design.months)
    return words(
        "plan.title.drawn" if design.customers else "plan.title.pilot",
        arm=arm,
        n=design.regions.count,
        size=f"{design.customers:,}",
        months=months,
    )


def reason_text(plan: PilotSummary, words: Words) -> str:
    """Why a pilot is held, or is not."""
    numbers = words.numbers
    return words(
        f"plan.reason.{plan.reason}",
        n=plan.region_count,
        launch=words.counted("month", plan.launch),
        horizon=words.counted("month", plan.horizon),
        longest=words.counted("month", plan.longest),
        fewest=FEWEST_WORLDS,
        power=numbers.percent(plan.power),
        false=numbers.percent(plan.false_positive_rate, 1),
        right=numbers.percent(plan.probability_right),
        value=numbers.money(abs(plan.value_yuan)),
        now=words(f"plan.now.{'go' if plan.goes_now else 'stop'}"),
    )


def where(plan: Plan, words: Words) -> Iterator[str]:
    """Pilot regions and those compared with."""
    if plan.best is None:
        return
    regions, names = plan.best.design.regions, plan.effects.regions
    if plan.best.design.customers:
        yield words(
            "plan.where.customers",
            n=f"{plan.best.design.customers:,}",
            pilot=words.listed([words.thing(names[r]) for r in regions.pilot]),
            share=words.numbers.percent(regions.share),
            choice=words(f"plan.choice.{regions.choice}"),
        )
        return
    yield words(
        "plan.where.text",
        pilot=words.listed([words.thing(names[r]) for r in regions.pilot]),
        share=words.numbers.percent(regions.share),
        choice=words(f"plan.choice.{regions.choice}"),
        others=words.listed(
            [words.thing(name) for r, name in enumerate(names) if r not in regions.pilot]
        ),
    )


def when(plan: Plan, reading_months: int, words: Words) -> Iterator[str]:
    """From the decision to the reading."""
    if plan.best is None:
        return
    design = plan.best.design
    counted = range(*design.counted.indices(design.months))
    yield words(
        "plan.when.text",
        launch=words.counted("month", plan.effects.launch),
        months=words.counted("month", design.months),
        reading=words.counted("month", reading_months),
        first=counted[0] + 1,
        last=counted[-1] + 1,
    )


def what(plan: Plan, before: int, words: Words) -> Iterator[str]:
    """Measure and estimator, and how well it foretells."""
    if plan.best is None:
        return
    best = plan.best
    yield words(
        "plan.what.customers" if best.design.customers else "plan.what.text",
        measure=words.sentence(measure_name(best.design.measure, words)),
        before=words.counted("month", before),
        estimator=words(f"plan.estimator.{best.design.estimator}"),
        effect=relative(best.effect, words),
    )
    yield words("plan.tells", r=number(best.tells, 2, signed=True))
    wrong = {name: by.get(QUARTER, 0.0) for name, by in plan.foretold.items()}
    name = min(wrong, key=lambda measure: wrong[measure] * good_sign(measure))
    if wrong[name] * good_sign(name) < _WRONG_WAY:
        yield words(
            "plan.wrong_way",
            measure=measure_name(name, words),
            r=number(wrong[name], 2, signed=True),
        )


def decides(plan: Plan, words: Words) -> Iterator[str]:
    """Go, extend, stop."""
    if plan.best is None:
        return
    verdict = plan.best.verdict
    rule = verdict.go
    if abs(rule.break_even) == float("inf"):
        return
    side = verdict.within if rule.above else -verdict.within
    up, down = ("least", "below") if rule.above else ("most", "above")
    yield words("plan.decides.why", line=relative(rule.break_even, words))
    yield words(
        "plan.decides.go",
        side=words(f"plan.side.{up}"),
        go=relative(rule.break_even + side, words),
    )
    yield words(
        "plan.decides.stop",
        side=words(f"plan.side.{down}"),
        stop=relative(rule.break_even - side, words),
    )
    if verdict.extended is not None and abs(verdict.extended.break_even) != float("inf"):
        yield words(
            "plan.decides.extend",
            months=plan.extended_months,
            line=relative(verdict.extended.break_even, words),
        )


def costs(plan: Plan, words: Words) -> Iterator[str]:
    """What it costs, what mistakes cost, and what the other ways are worth."""
    if plan.best is None:
        return
    verdict, numbers = plan.best.verdict, words.numbers
    yield words(
        "plan.costs.text",
        spend=_cost(verdict.spend_yuan, words),
        given=_cost(verdict.given_away_yuan, words),
        delay=_cost(verdict.delay_yuan, words),
        learnt=_cost(verdict.learnt_yuan, words),
        go=numbers.percent(verdict.false_go.probability),
        go_yuan=_cost(verdict.false_go.yuan, words),
        stop=numbers.percent(verdict.false_stop.probability),
        stop_yuan=_cost(verdict.false_stop.yuan, words),
    )
    yield words(
        "plan.costs.others",
        pilot=numbers.money(verdict.pilot_yuan),
        now=numbers.money(verdict.now_yuan),
        wait=numbers.money(verdict.wait_yuan),
    )
    if plan.optimism_yuan:
        yield words("plan.costs.optimism", less=numbers.money(plan.optimism_yuan))


def _cost(yuan: float, words: Words) -> str:
    return words.numbers.money(yuan) if yuan else words("plan.nothing")


def trust(plan: Plan, subscribers: int, words: Words) -> Iterator[str]:
    """Where the noise comes from, what spill-over does, and what stands behind it all."""
    numbers = words.numbers
    drawn = plan.best is not None and plan.best.design.customers > 0
    yield words(f"plan.noise.{plan.noise_from}")
    leak = next((bias for bias in plan.bias if bias.leaked == 0.25), None)
    if leak is not None:
        yield words(
            "plan.leak.customers" if drawn else "plan.leak",
            leaked=numbers.percent(leak.leaked),
            estimated=relative(leak.estimated, words),
            effect=relative(leak.effect, words),
            power=numbers.percent(leak.power),
        )
    if drawn or plan.noise_from == "history":
        yield words("plan.noise.customers")
    if not plan.effects.addressed:
        yield words("plan.not_addressed")
    yield words("plan.rivals.customers" if drawn else "plan.national")
    yield words("plan.horizon", horizon=words.counted("month", plan.effects.horizon))
    yield words(
        "plan.behind",
        runs=plan.effects.runs,
        worlds=len(plan.effects.worlds),
        subscribers=f"{subscribers:,}",
        pilots=f"{plan.pilots:,}",
        designs=len(plan.rated),
    )


def rows(plan: Plan, words: Words, most: int = 9) -> list[PlanRow]:
    """The pilot, its alternatives, and the best other design of each length and measure."""
    if plan.best is None:
        return []
    shown = [plan.best, *plan.alternatives]
    seen = {(r.design.measure, r.design.months) for r in shown}
    for rated in sorted(plan.rated, key=_order, reverse=True):
        key = (rated.design.measure, rated.design.months)
        if key not in seen:
            seen.add(key)
            shown.append(rated)
    unit = value_scale(plan, words)
    return [
        PlanRow(_cells(r, words, unit), _why(plan, r, words), chosen=r is plan.best)
        for r in shown[:most]
    ]


def value_scale(plan: Plan, words: Words) -> Scale:
    """The unit of the table's values."""
    return words.numbers.money_scale([r.verdict.value_yuan for r in plan.rated])


def _order(rated: Rated) -> tuple[bool, bool, float]:
    return is_feasible(rated), rated.power >= POWER, rated.verdict.value_yuan


def _cells(rated: Rated, words: Words, unit: Scale) -> tuple[str, ...]:
    numbers, design = words.numbers, rated.design
    where = str(design.regions.count)
    if design.customers:
        where = words("plan.table.drawn", regions=where, n=f"{design.customers:,}")
    return (
        where, str(design.months), measure_name(design.measure, words),
        numbers.percent(rated.power), numbers.percent(rated.false_positive_rate, 1),
        number(rated.tells, 2, signed=True), numbers.percent(rated.verdict.probability_right),
        unit.text(rated.verdict.value_yuan, signed=True),
    )  # fmt: skip


def _why(plan: Plan, rated: Rated, words: Words) -> str:
    if rated is plan.best:
        return words("plan.why.best" if plan.feasible else "plan.why.nearest")
    if rated.power < POWER:
        return words("plan.why.unseen")
    if rated.false_positive_rate > LARGEST_FALSE:
        return words("plan.why.false")
    if rated.verdict.value_yuan <= 0 or plan.best is None:
        return words("plan.why.worth")
    less = words.numbers.money(plan.best.verdict.value_yuan - rated.verdict.value_yuan)
    key = "alternative" if rated in plan.alternatives else "less"
    return words(f"plan.why.{key}", less=less)
