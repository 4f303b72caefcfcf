"""Page one: the findings a director needs, as texts in the order in which they are read."""

from dataclasses import dataclass

from experiments.analysis.paired import HOLD
from experiments.analysis.regret import CommonCondition
from experiments.analysis.reliability import POOR_FIT
from experiments.analysis.summary import Summary
from experiments.report.front_damage import DamageStrip, damage_strip, headline, refused
from experiments.report.front_tables import OptionsTable, kicker, options_table
from experiments.report.memo_tables import FailedRow, failed_rows
from experiments.report.moves_text import front_moves, temper_line
from experiments.report.next_step import next_step
from experiments.report.time_tables import cost_lines, time_lines
from experiments.report.trust import trust
from experiments.report.wording import condition_sentence, recommendation_sentences
from experiments.report.words.numbers import number
from experiments.report.words.words import Words

ALTERNATIVES = 3
FEW_ACCOUNTS = 400
"""Simulated accounts of ours below which a reader is warned (an assumption)."""


@dataclass(frozen=True)
class FrontPage:
    """Everything on page one."""

    kicker: str
    headline: str
    damage: DamageStrip | None
    refused: tuple[str, ...]
    """What of the attack did not happen as asked."""
    failed: tuple[FailedRow, ...]
    misfit: str
    """A caution; empty if the markets fit."""
    few: str
    """A caution; empty if enough of the simulated accounts are ours."""
    decision: tuple[str, str]
    options: OptionsTable
    chosen: str | None
    arm: str
    """The arm that is looked into."""
    costs: tuple[str, ...]
    risk: tuple[str, ...]
    moves: tuple[str, ...]
    temper: str
    """Which rivals answer in some scenarios only; empty: none."""
    change: tuple[str, ...]
    next: tuple[str, ...]
    trust: tuple[str, ...]
    note: str


def front_page(summary: Summary, words: Words) -> FrontPage:
    """Put page one together."""
    decision = recommendation_sentences(summary, words.code)
    advice = summary.recommendation
    return FrontPage(
        kicker=kicker(summary, words),
        headline=headline(summary, words, decision),
        damage=damage_strip(summary, words),
        refused=refused(summary, words),
        failed=failed_rows(summary, words),
        misfit=_misfit(summary, words),
        few=_few(summary, words),
        decision=decision,
        options=options_table(summary, words),
        chosen=advice.arm,
        arm=summary.featured,
        costs=cost_lines(summary, words),
        risk=(*risk(summary, words), *time_lines(summary, words)),
        moves=front_moves(summary, words),
        temper=temper_line(summary, words),
        change=change(summary, words),
        next=next_step(summary.plan, words),
        trust=trust_lines(words),
        note=_note(summary, words),
    )


def risk(summary: Summary, words: Words) -> tuple[str, ...]:
    """In how many worlds the featured arm loses, what so few can exclude, and the worst one."""
    arm, numbers = summary.featured, words.numbers
    span, losses = summary.arms[arm].range, summary.recommendation.losses.get(arm)
    if arm == HOLD or span is None or losses is None or losses.worlds < 2:
        return ()
    said = {
        "arm": words.sentence(words.arm(arm)), "n": losses.losing, "of": losses.worlds,
        "high": numbers.percent(losses.at_most),
    }  # fmt: skip
    lines = [words("front.risk.loses" if losses.losing else "front.risk.never", **said)]
    shared = next((c.shared for c in summary.conditions if c.arm == arm), None)
    if shared is not None and shared.evidence == "found":
        lines.append(words("front.risk.where", condition=condition_sentence(shared, words)))
    scale = numbers.money_scale([span.worst, span.p05, span.p95])
    lines.append(
        words(
            "front.risk.worst",
            worst=numbers.with_unit(span.worst, scale, signed=True),
            low=scale.text(span.p05, signed=True),
            high=numbers.with_unit(span.p95, scale, signed=True),
        )
    )
    return tuple(lines)


def change(summary: Summary, words: Words) -> tuple[str, ...]:
    """What could overturn the decision."""
    advice, numbers = summary.recommendation, words.numbers
    lines: list[str] = []
    for other in sorted(advice.alternatives, key=lambda row: -row.wins.negative)[:ALTERNATIVES]:
        mean = other.behind_by.mean
        if mean is None or not other.wins.negative:
            continue
        key = "front.change.behind" if mean >= 0 else "front.change.ahead"
        behind = words(key, amount=numbers.money(abs(mean)), best=words.arm(advice.best))
        lines.append(
            words(
                "front.change.row", arm=words.sentence(words.arm(other.arm)), behind=behind,
                wins=condition_sentence(_known(other.wins), words, "wins"),
            )
        )  # fmt: skip
    value = advice.value_of_knowing_the_world_yuan
    if value:
        lines.append(words("front.change.knowing", amount=numbers.money(value)))
    elif value is not None and advice.arm is not None and summary.run.worlds_with_results > 1:
        lines.append(words("front.change.best", arm=words.sentence(words.arm(advice.best))))
    return tuple(lines)


def _known(shared: CommonCondition) -> CommonCondition:
    """The condition if one was found; else the mere count: p-values belong in the annex."""
    if shared.evidence == "found":
        return shared
    return CommonCondition("always", shared.negative, shared.worlds)


def trust_lines(words: Words) -> tuple[str, ...]:
    """What the last validation says, in sentences."""
    digest = trust()
    kinds = (
        ("machinery", digest.machinery), ("published", digest.published), ("facts", digest.facts),
        ("history", digest.bands),
    )  # fmt: skip
    lines = [words(f"front.trust.{key}", n=t.holds, of=t.judged) for key, t in kinds if t.judged]
    return (*lines, words("front.trust.all", fails=digest.all.fails, of=digest.all.judged))


def _misfit(summary: Summary, words: Words) -> str:
    misfit = summary.run.misfit
    if misfit <= POOR_FIT or summary.recommendation.arm is None:
        return ""
    return words("front.misfit", misfit=f"{number(misfit * 100, 0)}%")


def _few(summary: Summary, words: Words) -> str:
    share, accounts = summary.arms[HOLD].kpis["share"].mean, summary.labels.subscribers
    if share is None or share * accounts >= FEW_ACCOUNTS:
        return ""
    ours = f"{share * accounts:,.0f}"
    return words("front.few", ours=ours, subscribers=f"{accounts:,}")


def _note(summary: Summary, words: Words) -> str:
    run, labels = summary.run, summary.labels
    return words(
        "front.options.note", worlds=words.counted("scenario", run.worlds_with_results),
        seeds=words.counted("times", run.seeds_with_results),
        months=words.counted("month", labels.months),
        currency=words.numbers.money_word, subscribers=f"{labels.subscribers:,}",
        lines=words.numbers.lines(labels.lines_million * 1e6),
    )  # fmt: skip
