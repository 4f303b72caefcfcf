"""Page one's table of options and its risk: findings as texts, one unit a column."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.analysis.paired import HOLD
from experiments.analysis.recommendation import CRITERION
from experiments.analysis.summary import Summary
from experiments.measures.indicators import BY_NAME
from experiments.report.memo_tables import Sign, sign_of
from experiments.report.words.numbers import Scale, number
from experiments.report.words.words import Words

_CLASSES = ("personal", "household", "enterprise")
NPV, SHARE = BY_NAME[CRITERION], BY_NAME["share"]


@dataclass(frozen=True)
class OptionRow:
    """One arm; texts without units, which stand in the column's title."""

    arm: str
    name: str
    description: str
    gain: str
    sign: Sign
    mean_within: str
    range: str
    worst: str
    loses: str
    cost: str
    per_cost: str
    share: str


@dataclass(frozen=True)
class OptionsTable:
    """Every arm with an NPV, the best first."""

    titles: tuple[str, ...]
    rows: tuple[OptionRow, ...]


def options_table(summary: Summary, words: Words) -> OptionsTable:
    """Gain, both kinds of spread, risk and cost of each arm, all money in one unit."""
    arms = [arm for arm in summary.arms if arm in summary.recommendation.losses]
    means = {arm: summary.arms[arm].vs_hold[CRITERION].mean or 0.0 for arm in arms}
    spans = [span for arm in arms if (span := summary.arms[arm].range) is not None]
    ends = [end for span in spans for end in (span.p05, span.p95, span.worst)]
    scale = words.numbers.money_scale([*means.values(), *ends])
    titles = (
        words("front.options.option"),
        words("front.options.gain", unit=scale.unit),
        words("front.options.mean"),
        words("front.options.range"),
        words("front.options.worst"),
        words("front.options.loses"),
        words("front.options.cost", unit=scale.unit),
        words("front.options.return", currency=words.numbers.money_word),
        words("front.options.share"),
    )
    ordered = sorted(arms, key=lambda arm: -means[arm])
    return OptionsTable(titles, tuple(_option(summary, arm, scale, words) for arm in ordered))


def _option(summary: Summary, arm: str, scale: Scale, words: Words) -> OptionRow:
    findings, losses = summary.arms[arm], summary.recommendation.losses[arm]
    npv, share = findings.vs_hold[CRITERION], findings.vs_hold[SHARE.name]
    span, costs, mean = findings.range, summary.costs.get(arm), npv.mean or 0.0
    cost = None if costs is None else costs.cost_yuan.mean
    back = None if costs is None else costs.return_on_cost.mean
    several = span is not None and span.worlds > 1
    return OptionRow(
        arm=arm,
        name=words.arm(arm),
        description=words.arm_description(arm),
        gain=scale.text(mean, signed=True),
        sign=sign_of(NPV, npv),
        mean_within=_span(npv.low, npv.high, scale, words) if npv.n > 1 else "",
        range=_span(span.p05, span.p95, scale, words) if span is not None and several else "",
        worst=scale.text(span.worst, signed=True) if span is not None and several else "",
        loses=words("front.options.of", n=losses.losing, of=losses.worlds),
        cost="–" if cost is None else scale.text(cost, signed=True),
        per_cost="–" if back is None else number(back, 2, signed=True),
        share="–" if share.mean is None else number(100 * share.mean, signed=True),
    )


def _span(low: float | None, high: float | None, scale: Scale, words: Words) -> str:
    if low is None or high is None:
        return ""
    return words.numbers.scaled_span(low, high, scale)


def kicker(summary: Summary, words: Words) -> str:
    """Market, who we are, and what rivals do of their own accord."""
    labels = summary.labels
    parts = [words.market(), words("front.we", focal=words.operator(labels.focal))]
    attackers = [r for r in labels.rivals if labels.plays.get(r, {}).get("kind") != HOLD]
    parts += [rival_sentence(rival, words) for rival in attackers]
    return " · ".join(parts)


def rival_sentence(rival: str, words: Words) -> str:
    """`China Mobile cuts its prices for everybody (30 %, for 3 months, in Guangdong)`."""
    said, terms = words.rival(rival), _terms(words.labels.plays.get(rival, {}), words)
    if terms:
        said += words("front.terms", terms=("，" if words.code == "zh" else ", ").join(terms))
    return words("front.rival", rival=words.operator(rival), plays=said)


def _terms(plays: Mapping[str, Any], words: Words) -> list[str]:
    """How deep, since when, for how long, where and for whom, as far as a play says so."""
    terms: list[str] = []
    if isinstance(depth := plays.get("depth"), float | int):
        terms.append(words.numbers.percent(float(depth)))
    if start := plays.get("start_month"):
        terms.append(words("front.terms.start", month=start))
    if isinstance(months := plays.get("months"), int) and months:
        terms.append(words("front.terms.months", months=words.counted("month", months)))
    if regions := plays.get("regions"):
        named = words.listed([words.thing(str(name)) for name in regions])
        terms.append(words("front.terms.regions", regions=named))
    customers = [str(name) for name in plays.get("customers") or _CLASSES]
    if set(customers) < set(_CLASSES):
        named = words.listed([words(f"front.terms.{name}") for name in customers])
        terms.append(words("front.terms.customers", customers=named))
    return terms
