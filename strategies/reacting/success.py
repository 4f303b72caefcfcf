"""Whether a rival's move is worth an answer, as far as market monitor and own books can tell."""

from statistics import fmean

from agents.observation import OperatorView
from strategies.reacting.books import lines_lost_monthly, margin_fen
from strategies.reacting.memory import Attack
from strategies.reacting.settings import ReactionSettings


class Success:
    """Keeps the monitor's estimates of rivals' lines, and judges moves by them."""

    def __init__(self, settings: ReactionSettings) -> None:
        self.settings = settings
        self._lines: dict[str, dict[int, float]] = {}
        """Estimates by rival and month."""
        self._worth: set[tuple[str, str]] = set()

    def look(self, view: OperatorView) -> None:
        """Take in this month's estimates."""
        for rival in view.rivals:
            self._lines.setdefault(rival.name, {})[view.month] = rival.lines

    def worth(self, view: OperatorView, attack: Attack) -> bool:
        """Whether to answer a move other than prices.

        `copy` waits for success: the rival has gained lines since, or we lose more than was usual.
        `profit_rule` answers if it loses lines that earn something. Others answer anyway. What was
        once found worth an answer is not judged again: an answer that helps must not end itself.
        """
        key = (attack.key.kind, attack.key.offer)
        if key not in self._worth and self._is_worth(view, attack):
            self._worth.add(key)
        return key in self._worth

    def _is_worth(self, view: OperatorView, attack: Attack) -> bool:
        if self.settings.reaction == "profit_rule":
            return lines_lost_monthly(view) > 0 and margin_fen(view) > 0
        return self.settings.reaction != "copy" or self._has_worked(view, attack)

    def _has_worked(self, view: OperatorView, attack: Attack) -> bool:
        since = max(attack.since)
        lines = self._lines[attack.key.actor]
        before = [n for month, n in lines.items() if month <= since]
        after = [n for month, n in lines.items() if month > since]
        grown = bool(before and after) and fmean(after) >= fmean(before) * (
            1.0 + self.settings.reaction_success_share
        )
        return grown or lines_lost_monthly(view) > 0
