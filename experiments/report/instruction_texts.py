"""Each option as an instruction in words: plans, prices, partners, budget, owner, when to stop."""

import math
from dataclasses import dataclass

from experiments.analysis.costs import Cost
from experiments.analysis.instructions import Instruction, Step
from experiments.analysis.summary import Summary
from experiments.report.words import catalogue
from experiments.report.words.numbers import number
from experiments.report.words.words import Words

YEAR = 12
_PLANS = ("Reprice", "Welcome", "Launch", "AddBenefits", "Withdraw")
_PARTNERS = ("ProposeAlliance", "EndAlliance")
_OWNERS = {
    "Reprice": "price", "Welcome": "price", "Withdraw": "price", "Launch": "product",
    "AddBenefits": "product", "ProposeAlliance": "partners", "EndAlliance": "partners",
    "StartCampaign": "care", "StopCampaign": "care", "StartProgramme": "care",
    "StopProgramme": "care", "Advertise": "brand", "Invest": "network",
}  # fmt: skip
_STOP_MONTHS = 6


@dataclass(frozen=True)
class InstructionBlock:
    """One option: what it is, and its lines (title and text)."""

    name: str
    description: str
    lines: tuple[tuple[str, str], ...]


def instruction_blocks(summary: Summary, words: Words) -> tuple[InstructionBlock, ...]:
    """Every option, in the order of the ranking."""
    ranked = [arm for arm in summary.recommendation.ranking if arm in summary.instructions]
    others = [arm for arm in summary.instructions if arm not in ranked]
    return tuple(_block(summary, summary.instructions[arm], words) for arm in [*ranked, *others])


def _block(summary: Summary, found: Instruction, words: Words) -> InstructionBlock:
    arm = found.arm
    name, description = words.sentence(words.arm(arm)), words.arm_description(arm)
    first = found.first
    if first is None:
        return InstructionBlock(name, description, ((words("do.what"), words("do.nothing")),))
    lines = [
        (words("do.first"), _first(first, words)),
        (words("do.plans"), _listed(found, _PLANS, words)),
        (words("do.partners"), _listed(found, _PARTNERS, words)),
        (words("do.campaigns"), _others(found, words)),
        (words("do.months"), _months(found, words)),
        (words("do.budget"), _budget(summary, arm, words)),
        (words("do.owner"), _owners(found, words)),
        (words("do.stop"), _stop(summary, arm, words)),
    ]
    return InstructionBlock(name, description, tuple((t, text) for t, text in lines if text))


def _first(step: Step, words: Words) -> str:
    return words("do.first.text", month=number(step.decided, 0), step=step_text(step, words))


def _listed(found: Instruction, actions: tuple[str, ...], words: Words) -> str:
    return "; ".join(_with_count(s, words) for s in found.steps if s.action in actions)


def _others(found: Instruction, words: Words) -> str:
    shown = {*_PLANS, *_PARTNERS}
    return "; ".join(_with_count(s, words) for s in found.steps if s.action not in shown)


def _with_count(step: Step, words: Words) -> str:
    text = step_text(step, words)
    return text if step.runs == step.of else text + words("do.times", n=step.runs, of=step.of)


def step_text(step: Step, words: Words) -> str:
    """One step in a few words."""
    money = words.numbers.money_word
    prices = {
        "old": words.numbers.joined(_plain(step.old_price_yuan), money),
        "new": words.numbers.joined(_plain(step.new_price_yuan), money),
    }
    offer = words.thing(step.offer) if step.offer else ""
    match step.action:
        case "Reprice":
            return words("step.Reprice", offer=offer, **prices)
        case "Launch":
            text = words("step.Launch", offer=offer, gb=_gb(step, "step.gb", words), **prices)
            if step.services:
                text += words("step.Launch.services", services=_services(step, words))
            return text
        case "AddBenefits":
            return words("step.AddBenefits", offer=offer, more=_more(step, words))
        case "Welcome":
            months = words.counted("month", int(step.months) if step.months == step.months else 0)
            return words("step.Welcome", offer=offer, months=months, **prices)
        case "Withdraw":
            return words("step.Withdraw", offer=offer)
        case "ProposeAlliance" | "EndAlliance":
            return words(f"step.{step.action}", partner=words.actor(step.target), **prices)
        case _:
            return _other(step, offer, words)


def _other(step: Step, offer: str, words: Words) -> str:
    cost = "" if math.isnan(step.cost_yuan) else words.numbers.money(step.cost_yuan)
    match step.action:
        case "StartCampaign":
            text = words("step.StartCampaign", campaign=_campaign(step.campaign, words))
            if offer:
                text += words("step.StartCampaign.offer", offer=offer)
            return text + (words("step.StartCampaign.budget", cost=cost) if cost else "")
        case "StartProgramme":
            return words("step.StartProgramme", campaign=_campaign(step.campaign, words))
        case "Advertise":
            return words("step.Advertise", cost=cost or "–")
        case "Invest":
            region = words.listed([words.thing(name) for name in step.regions]) or "–"
            return words("step.Invest", region=region, cost=cost or "–")
        case _:
            return words("step.other", action=words.action(step.action))


def _campaign(name: str, words: Words) -> str:
    """A campaign's own name; a portfolio's is `member.campaign`."""
    key = f"campaign.{name.rpartition('.')[2]}"
    return words(key) if key in catalogue.TEXTS else name.replace("_", " ")


def _more(step: Step, words: Words) -> str:
    parts: list[str] = []
    if step.gb == step.gb and step.gb:
        parts.append(_gb(step, "step.more_gb" if step.gb > 0 else "step.less_gb", words))
    if step.services:
        parts.append(words("step.services", services=_services(step, words)))
    return words.listed(parts) or words("step.dropped")


def _gb(step: Step, key: str, words: Words) -> str:
    return words(key, gb=_plain(step.gb))


def _services(step: Step, words: Words) -> str:
    return words.listed([words.actor(name) for name in step.services])


def _plain(value: float) -> str:
    """A price or volume without needless decimals."""
    return number(value, 0 if value == value // 1 else 2)


def _months(found: Instruction, words: Words) -> str:
    months = [step.month for step in found.steps]
    first, last = number(min(months), 0), number(max(months), 0)
    key = "do.span.one" if first == last else "do.span"
    return words(key, first=first, last=last)


def _budget(summary: Summary, arm: str, words: Words) -> str:
    costs = summary.costs.get(arm)
    if costs is None:
        return ""
    yearly = YEAR / max(summary.labels.months, 1)
    parts = {cost: (span.mean or 0.0) * yearly for cost, span in costs.costs_yuan.items()}
    given = parts.pop(Cost.PRICE)
    spent = sum(parts.values())
    scale = words.numbers.money_scale([spent, *parts.values()])
    least = 0.05 * max(map(abs, parts.values()), default=0.0)
    named = [
        words("do.part", what=words(f"cost.{cost.value}"), amount=scale.text(amount))
        for cost, amount in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if abs(amount) > least
    ]
    text = words(
        "do.spend", spent=words.numbers.with_unit(spent, scale), parts=words.listed(named) or "–"
    )
    if abs(given) > least:
        key = "do.given" if given > 0 else "do.saved"
        text += words(key, given=words.numbers.money(abs(given)))
    return text


def _owners(found: Instruction, words: Words) -> str:
    owners = dict.fromkeys(
        _OWNERS[step.action]
        for step in sorted(found.steps, key=lambda step: step.decided)
        if step.action in _OWNERS
    )
    return words.listed([words(f"owner.{owner}") for owner in owners])


def _stop(summary: Summary, arm: str, words: Words) -> str:
    """Below what the scenarios expect after some months, or dearer than in any of them."""
    ramp = summary.ramps.get(arm)
    later = None
    if ramp is not None:
        later = next((e for e in ramp.early if e.months >= _STOP_MONTHS), ramp.early[-1])
    texts: list[str] = []
    if later is not None and later.effect.low is not None and later.effect.low > 0:
        if later.measure.startswith("paid"):
            least = words.numbers.joined(number(later.effect.low, 2), words.numbers.money_word)
        else:
            least = words.numbers.points(later.effect.low).removeprefix("+")
        texts.append(
            words(
                "do.stop.effect", months=words.counted("month", later.months), least=least,
                measure=words(f"pilot.{later.measure}"),
            )
        )  # fmt: skip
    else:
        months = words.counted("month", min(YEAR, summary.labels.months))
        texts.append(words("do.stop.none", months=months))
    costs = summary.costs.get(arm)
    if costs is not None and costs.cost_yuan.high is not None and costs.cost_yuan.high > 0:
        yearly = costs.cost_yuan.high * YEAR / max(summary.labels.months, 1)
        texts.append(words("do.stop.cost", amount=words.numbers.money(yearly)))
    return ("；" if words.code == "zh" else "; ").join(texts)
