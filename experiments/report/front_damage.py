"""The top of page one: what the attack costs, how much is repaired, the attacker's own bill."""

from dataclasses import dataclass
from typing import Literal

from agents.causes import CARRIED_OUT
from experiments.analysis.damage import Damage
from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.ranking import significant
from experiments.analysis.recommendation import CRITERION
from experiments.analysis.summary import Summary
from experiments.report.words.words import Words

Tone = Literal["", "good", "bad"]


@dataclass(frozen=True)
class DamageFigure:
    """One large number and what it is."""

    number: str
    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class DamageStrip:
    """The numbers side by side, all in one unit."""

    facts: tuple[DamageFigure, ...]
    note: str


def headline(summary: Summary, words: Words, decision: tuple[str, str]) -> str:
    """What happened and what we can do about it, in one line."""
    damage = summary.damage
    if damage is None:
        return decision[0]
    if not damage.attackers:
        return words("damage.headline.none", so=_so(summary, damage, words))
    attackers = words.listed([words.operator(name) for name in damage.attackers])
    lost = damage.damage_yuan
    said = {"attacker": attackers, "focal": words.operator(summary.labels.focal)}
    so = _so(summary, damage, words)
    key = "damage.headline" + (".several" if len(damage.attackers) > 1 else "")
    if lost.mean is None or not significant(lost):
        return words(f"{key}.small", **said, so=so)
    amount, months = words.numbers.money(lost.mean), words.counted("month", summary.labels.months)
    return words(key, **said, damage=amount, months=months, so=so)


def _so(summary: Summary, damage: Damage, words: Words) -> str:
    advice = summary.recommendation
    if advice.arm is None:
        return words("damage.so.none")
    if advice.arm == HOLD:
        return words("damage.so.hold" if damage.attackers else "damage.so.hold.none")
    arm, share = words.arm(advice.arm), damage.repaired_share.get(advice.arm)
    name = words.sentence(arm)
    if share is None or share.mean is None:
        gain = words.numbers.money(advice.versus_hold[advice.arm].mean or 0.0)
        return words("damage.so.gain", arm=name, gain=gain)
    alike = [
        words.arm(other)
        for other in advice.contenders
        if other != HOLD and significant(advice.versus_hold[other], advice.comparisons)
    ]
    percent = words.numbers.percent(share.mean)
    if alike:
        return words("damage.so.alike", arm=name, share=percent, others=words.listed(alike))
    return words("damage.so.play", arm=name, share=percent)


def damage_strip(summary: Summary, words: Words) -> DamageStrip | None:
    """The strip of numbers, or that nobody attacks; `None` where the damage was not measured."""
    damage = summary.damage
    if damage is None:
        return None
    if not damage.attackers:
        return DamageStrip((), words("damage.none"))
    arm = summary.featured
    months = words.counted("month", summary.labels.months)
    without, held = damage.no_attack_npv_yuan, damage.attack_npv_yuan
    gain = summary.arms[arm].vs_hold[CRITERION] if arm != HOLD else None
    repaired = None if gain is None else (held.mean or 0.0) + (gain.mean or 0.0)
    bills = [bill.npv_change_yuan[HOLD] for bill in damage.bills.values()]
    values = [without.mean, held.mean, repaired, *(bill.mean for bill in bills)]
    scale = words.numbers.money_scale([value for value in values if value is not None])

    def shown(value: float | None, *, signed: bool = False) -> str:
        return "–" if value is None else scale.text(value, signed=signed)

    change = shown(
        None if damage.damage_yuan.mean is None else -damage.damage_yuan.mean, signed=True
    )
    facts = [
        DamageFigure(shown(without.mean), words("damage.without", months=months)),
        DamageFigure(
            shown(held.mean), words("damage.with", change=change), _tone(damage.damage_yuan, -1)
        ),
    ]
    if gain is not None:
        facts.append(
            DamageFigure(shown(repaired), _repaired(summary, damage, words), _tone(gain, 1))
        )
    for name, bill in damage.bills.items():
        own = bill.npv_change_yuan[HOLD]
        paid = _paid(bill.break_even_month, months, words)
        text = words("damage.bill", attacker=words.operator(name), paid=paid)
        facts.append(DamageFigure(shown(own.mean, signed=True), text, _tone(own, 1)))
    worlds = words.counted("scenario", summary.run.worlds_with_results)
    return DamageStrip(tuple(facts), words("damage.unit", worlds=worlds, unit=scale.unit))


def _repaired(summary: Summary, damage: Damage, words: Words) -> str:
    arm = summary.featured
    gain = words.numbers.money(summary.arms[arm].vs_hold[CRITERION].mean or 0.0, signed=True)
    share = damage.repaired_share.get(arm)
    if share is None or share.mean is None or share.low is None or share.high is None:
        return words("damage.repaired.unsure", arm=words.arm(arm), gain=gain)
    percent = words.numbers.percent(share.mean)
    return words("damage.repaired", arm=words.arm(arm), gain=gain, share=percent)


def _tone(span: Interval, good: int) -> Tone:
    """Coloured only where the interval excludes zero; `good`: 1 if more is better, else −1."""
    if span.n < 2 or span.low is None or span.high is None or span.low <= 0 <= span.high:
        return ""
    return "good" if (span.low > 0) == (good > 0) else "bad"


def _paid(month: int | None, months: str, words: Words) -> str:
    if month is None:
        return words("damage.bill.never", months=months)
    if month == 0:
        return words("damage.bill.free")
    return words("damage.bill.after", months=words.counted("month", month))


def refused(summary: Summary, words: Words) -> tuple[str, ...]:
    """What of the attack did not happen as asked."""
    lines: list[str] = []
    for move in summary.refusals:
        done = move.outcome in CARRIED_OUT  # it stands here, so services were given up for it
        said = words("damage.refused.trimmed" if done else f"outcome.{move.outcome}")
        if move.ground:
            said = words("move.because", what=said, why=words(f"ground.{move.ground}"))
        action = words.action(move.action)
        what = words(
            "damage.refused.row", actor=words.actor(move.actor), action=action, outcome=said
        )
        lines.append(words("damage.refused", what=what, n=move.runs, of=move.runs_of_arm))
    return tuple(lines)
