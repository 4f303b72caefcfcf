"""Pictures of money and people: gains with both kinds of spread, and where they come from."""

from matplotlib.figure import Figure

from experiments.analysis.costs import Cost
from experiments.analysis.paired import HOLD
from experiments.analysis.ranking import significant
from experiments.analysis.recommendation import CRITERION
from experiments.analysis.summary import Summary
from experiments.analysis.uplift import total
from experiments.measures.counterfactuals import UpliftGroup
from experiments.report import style
from experiments.report.figure_parts import Bar, folded, note, steps
from experiments.report.style import BAD, GOOD, INK, MUTED, NEUTRAL
from experiments.report.words.catalogue import GROUPS
from experiments.report.words.words import Words


def npv_forest(summary: Summary, words: Words) -> Figure:
    """Each arm's gain over `hold`: its mean and how well that is known, and where worlds lie."""
    gains = summary.gains_yuan
    spans = {arm: findings.vs_hold[CRITERION] for arm, findings in summary.arms.items()}
    rows = {
        arm: (span.mean, span.low or 0.0, span.high or 0.0, span.n)
        for arm, span in spans.items()
        if arm != HOLD and span.mean is not None
    }
    order = sorted(rows, key=lambda arm: rows[arm][0])
    scale = words.numbers.money_scale(
        [*(end for arm in order for end in rows[arm][1:3]), *gains[order].to_numpy().ravel()]
    )
    options = summary.recommendation.comparisons
    positive = sum(significant(spans[arm], options) for arm in order)
    figure = style.canvas(
        words("figure.npv.title", positive=positive, options=len(order), unit=scale.unit),
        note(summary, words, words("figure.npv.note")),
        width=5.4,
        height=1.9 + 0.45 * len(order),
    )
    axes = figure.subplots()
    for place, arm in enumerate(order):
        mean, low, high, _ = rows[arm]
        colour = GOOD if low > 0 else BAD if high < 0 else NEUTRAL
        worlds, span = gains[arm].dropna(), summary.arms[arm].range
        if span is None:
            continue
        ends = [end / scale.divisor for end in (span.p05, span.p95)]
        axes.plot(ends, [place] * 2, color=colour, lw=1.2, alpha=0.8, solid_capstyle="butt")
        axes.plot([low / scale.divisor, high / scale.divisor], [place] * 2, color=colour, lw=6,
                  alpha=0.45, solid_capstyle="butt")  # fmt: skip
        axes.plot(worlds / scale.divisor, [place - 0.2] * len(worlds), "o", ms=2.5, color=colour,
                  alpha=0.5, mew=0)  # fmt: skip
        axes.plot(span.worst / scale.divisor, place, "D", ms=4, color=colour, mfc="white")
        axes.plot(mean / scale.divisor, place, "o", ms=6, color=colour)
        axes.annotate(
            scale.text(mean, signed=True), (mean / scale.divisor, place),
            xytext=(0, 6), textcoords="offset points", ha="center", fontsize=9, color=colour,
        )  # fmt: skip
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(range(len(order)), [style.drawable(words.arm(arm)) for arm in order])
    axes.set_ylim(-0.6, len(order) - 0.3)
    style.quiet(axes, grid="x")
    return figure


def bridge(summary: Summary, words: Words) -> Figure | None:
    """Where the difference in revenue comes from, and what is left of it after costs."""
    arm = summary.featured
    uplift = summary.uplift[arm]
    money = uplift.bridge
    if money is None or not uplift.measured or arm == HOLD:
        return None
    gain, cost = money.revenue_gain_yuan, money.cost_change_yuan
    scale = words.numbers.money_scale([*money.steps_yuan.values(), cost, money.contribution_yuan])
    named = {words.group(group): money.steps_yuan[group] for group in GROUPS}
    named[words("figure.bridge.unexplained")] = money.unexplained_yuan
    least = 0.004 * max(abs(gain), scale.divisor)
    bars: list[Bar] = []
    level = 0.0
    for name, step in named.items():
        if abs(step) > least:
            bars.append(Bar(folded(name), level, step, GOOD if step > 0 else BAD))
            level += step
    bars += [
        Bar(words("figure.bridge.revenue"), 0.0, gain, MUTED),
        Bar(words("figure.bridge.cost"), gain, cost, GOOD if cost > 0 else BAD),
        Bar(words("figure.bridge.contribution"), 0.0, money.contribution_yuan, INK),
    ]
    title = words(
        "figure.bridge.title", arm=words.sentence(words.arm(arm)), unit=scale.unit,
        revenue=scale.text(gain, signed=True),
        contribution=scale.text(money.contribution_yuan, signed=True),
    )  # fmt: skip
    remark = words(
        "figure.bridge.note", months=words.counted("month", summary.labels.months),
        hold=words.numbers.money(money.hold_revenue_yuan),
        arm=words.numbers.money(money.arm_revenue_yuan),
    )  # fmt: skip
    figure = style.canvas(title, note(summary, words, remark), width=6.2, height=4.4)
    steps(figure.subplots(), bars, scale)
    return figure


def costs(summary: Summary, words: Words) -> Figure | None:
    """From the revenue of customers kept and won, cost by cost, to what is left of it."""
    arm = summary.featured
    breakdown = summary.costs.get(arm)
    if breakdown is None or arm == HOLD or breakdown.revenue_yuan.mean is None:
        return None
    spent = {cost: breakdown.costs_yuan[cost].mean or 0.0 for cost in Cost}
    revenue, left = breakdown.revenue_yuan.mean, breakdown.contribution_yuan.mean or 0.0
    scale = words.numbers.money_scale([revenue, left, *spent.values()])
    least = 0.01 * max(abs(revenue), abs(left), *map(abs, spent.values()))
    bars = [Bar(folded(words("figure.costs.revenue")), 0.0, revenue, GOOD if revenue > 0 else BAD)]
    level, rest = revenue, 0.0
    for cost in Cost:
        if abs(spent[cost]) > least and cost is not Cost.OTHER:
            name = folded(words(f"cost.{cost.value}"))
            bars.append(Bar(name, level, -spent[cost], BAD if spent[cost] > 0 else GOOD))
            level -= spent[cost]
        else:
            rest += spent[cost]
    if abs(rest) > least / 10:
        bars.append(Bar(folded(words("cost.other")), level, -rest, BAD if rest > 0 else GOOD))
    bars.append(Bar(folded(words("costs.contribution")), 0.0, left, INK))
    title = words(
        "figure.costs.title", arm=words.sentence(words.arm(arm)), unit=scale.unit,
        revenue=scale.text(revenue, signed=True), cost=scale.text(breakdown.cost_yuan.mean or 0.0),
        left=scale.text(left, signed=True),
    )  # fmt: skip
    remark = words("figure.costs.note", months=words.counted("month", summary.labels.months))
    figure = style.canvas(title, note(summary, words, remark), width=5.4, height=4.0)
    steps(figure.subplots(), bars, scale)
    return figure


def waterfall(summary: Summary, words: Words) -> Figure | None:
    """From the customers under `hold` to the arm's: kept, won, driven away, in people."""
    arm = summary.featured
    uplift = summary.uplift[arm]
    if not uplift.measured or arm == HOLD:
        return None
    people = total(uplift.people)
    kept, won = people[UpliftGroup.PERSUADABLES], people[UpliftGroup.WON]
    driven, anyway = people[UpliftGroup.SLEEPING_DOGS], people[UpliftGroup.SURE_THINGS]
    numbers, gain, stayed = words.numbers, kept + won - driven, kept + anyway
    title = words(
        "figure.customers.title", arm=words.sentence(words.arm(arm)),
        gain=numbers.count(gain, signed=True),
        saved=numbers.percent(kept / stayed, 1) if stayed else words("figure.none"),
    )  # fmt: skip
    remark = words(
        "figure.customers.note", anyway=numbers.people(anyway),
        lost=numbers.people(people[UpliftGroup.LOST_CAUSES]),
    )  # fmt: skip
    bars = [
        Bar(folded(words.group(UpliftGroup.PERSUADABLES)), 0.0, kept, GOOD),
        Bar(folded(words.group(UpliftGroup.WON)), kept, won, GOOD),
        Bar(folded(words.group(UpliftGroup.SLEEPING_DOGS)), kept + won, -driven, BAD),
        Bar(words("figure.customers.gain"), 0.0, gain, INK),
    ]
    figure = style.canvas(title, note(summary, words, remark), width=5.4, height=4.0)
    steps(figure.subplots(), bars, numbers.scale([kept, won, driven], numbers.people_word))
    return figure
