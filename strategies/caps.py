"""Offers that close once so many lines have been taken: "for the first million".

A month is the shortest time in which anything can change, so an offer closes at the end of the
month in which the count comes nearest to the cap: as soon as half of another month like the last
would lead over it. The error is half a month's sales at most where they are steady.
"""

from dataclasses import dataclass

from agents.actions import Action, Welcome, Withdraw
from agents.causes import Why
from agents.observation import OfferView, OperatorView

_MILLION = 1e6
_FULL = Why(note="as many lines as it was for have been taken")


@dataclass
class _Cap:
    """One offer that will close."""

    lines: float
    """Of the whole market, that may be taken."""
    gift: bool
    """Whether only the discount for newcomers ends: the plan stays on sale."""
    before: float
    """Lines on the plan when it began."""
    taken: float = 0.0


class Caps:
    """The offers of one operator that will close, by plan."""

    def __init__(self) -> None:
        self._open: dict[str, _Cap] = {}

    def begin(self, view: OperatorView, plan: str, cap_million: float | None, gift: bool) -> None:
        """An offer begins, with a cap or without; it takes the place of an earlier one on a plan.

        Args:
            view: of who makes it.
            plan: own plan.
            cap_million: million lines of the whole market; none: it does not close.
            gift: whether it gives newcomers something, which alone ends then.
        """
        self._open.pop(plan, None)
        if cap_million is not None:
            mine = _own(view, plan)
            there = 0.0 if mine is None else mine.lines
            self._open[plan] = _Cap(cap_million * _MILLION, gift, there)

    def closings(self, view: OperatorView) -> list[Action]:
        """What closes this month, after what was counted at the end of the last."""
        actions: list[Action] = []
        for plan, cap in list(self._open.items()):
            mine = _own(view, plan)
            if mine is None:
                continue
            taken = mine.lines - cap.before
            step, cap.taken = max(0.0, taken - cap.taken), taken
            if taken + 0.5 * step < cap.lines:
                continue
            del self._open[plan]
            if cap.gift:
                actions.append(Welcome(mine.name, 0, 0, _FULL, pays_exit_fee_fen=0))
            elif mine.on_sale:
                actions.append(Withdraw(mine.name, _FULL))
        return actions


def _own(view: OperatorView, plan: str) -> OfferView | None:
    name = f"{view.name}/{plan}"
    return next((offer for offer in view.offers if offer.name == name), None)
