"""What the attack does: without it, with it and unanswered, repaired by each option; its own bill.

Without an attack nobody moves, neither we nor rivals: a baseline on the same people with the same
luck, no option. The attack unanswered is `hold`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from experiments.analysis.answer import Answer
from experiments.analysis.cash import Cash, break_even, compared, last_year
from experiments.analysis.paired import CONFIDENCE, Interval, interval, of_arm
from experiments.question.question import HOLD, NO_ATTACK


@dataclass(frozen=True)
class AttackersBill:
    """What the attack comes to for one who attacks."""

    operator: str
    npv_change_yuan: Mapping[str, Interval]
    """NPV under each arm less that without the attack; under `hold` nobody of ours answers."""
    break_even_month: int | None
    """After how many months it has earned its cost if we hold; 0: it never costs anything, `None`:
    not within the months of the run."""
    run_rate_yuan: Interval
    """What it gains or loses in the last year, if we hold, less what it would have earned."""


@dataclass(frozen=True)
class Damage:
    """What the attack costs the focal operator, and how much of it each option repairs."""

    attackers: tuple[str, ...]
    """Who moves of their own accord; nobody: there is no attack, and no damage."""
    no_attack_npv_yuan: Interval
    attack_npv_yuan: Interval
    """If we hold."""
    damage_yuan: Interval
    """The first less the second, on the same luck."""
    repaired_share: Mapping[str, Interval]
    """Gain of each option over holding as a share of the damage: ratio of means, interval by
    linearisation (Cochran 1977, 6.4). Nothing was measured where the damage may be none."""
    bills: Mapping[str, AttackersBill]
    attackers_npv_change_yuan: Interval
    """All attackers together, if we hold."""


def damage_of(answer: Answer, cash: Cash, arms: tuple[str, ...]) -> Damage | None:
    """What the attack does; `None` if it was not measured in any run.

    Args:
        answer: what was found.
        cash: its money.
        arms: the options that have results.
    """
    attackers, focal = answer.labels.attackers, answer.labels.focal
    if not cash.measured:
        return None
    npv = cash.npv([focal, *attackers])
    held = of_arm(npv, HOLD)[focal]
    if not attackers:
        nothing = interval(held * 0.0)
        return Damage((), interval(held), interval(held), nothing, {}, {}, nothing)
    if NO_ATTACK not in npv.index.get_level_values("arm"):
        return None
    npv["attackers"] = npv[list(attackers)].sum(axis=1)
    lost = compared(npv, NO_ATTACK, HOLD)[focal]
    repaired = {arm: compared(npv, arm, HOLD)[focal] for arm in arms if arm != HOLD}
    return Damage(
        attackers=attackers,
        no_attack_npv_yuan=interval(of_arm(npv, NO_ATTACK)[focal]),
        attack_npv_yuan=interval(held),
        damage_yuan=interval(lost),
        repaired_share={arm: ratio(gain, lost) for arm, gain in repaired.items()},
        bills={name: _bill(cash, npv, name, arms) for name in attackers},
        attackers_npv_change_yuan=interval(compared(npv, HOLD, NO_ATTACK)["attackers"]),
    )


def ratio(parts: pd.Series, wholes: pd.Series) -> Interval:
    """Mean part over mean whole, with its interval; nothing if the whole may be zero or less.

    Args:
        parts: one an independent draw.
        wholes: the same draws.
    """
    both = pd.DataFrame({"part": parts, "whole": wholes}).dropna()
    n, whole = len(both), interval(both["whole"])
    if not n or whole.low is None or whole.mean is None or whole.low <= 0:
        return Interval(None, None, None, 0)
    share = float(both["part"].mean()) / whole.mean
    if n == 1:
        return Interval(share, share, share, 1)
    left = both["part"] - share * both["whole"]
    error = float(left.std(ddof=1)) / np.sqrt(n) / whole.mean
    reach = float(special.stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * error
    return Interval(share, share - reach, share + reach, n)


def _bill(cash: Cash, npv: pd.DataFrame, operator: str, arms: tuple[str, ...]) -> AttackersBill:
    monthly = cash.by_month(operator)
    gains = compared(cash.discounted(operator), HOLD, NO_ATTACK)
    return AttackersBill(
        operator,
        {arm: interval(compared(npv, arm, NO_ATTACK)[operator]) for arm in arms},
        break_even(gains.mean()),
        interval(compared(last_year(monthly), HOLD, NO_ATTACK)["yuan"]),
    )
