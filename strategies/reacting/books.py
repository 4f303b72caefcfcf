"""What an operator's own books say about a move: what it earned before and what it earns now."""

from agents.observation import OperatorView
from strategies.monitoring import YEAR

RECENT_MONTHS = 3


def lines_lost_monthly(view: OperatorView) -> float:
    """Lines lost a month, net of those won, beyond what was usual before the experiment began."""
    net = view.own.churned_lines - view.own.gross_adds
    before, since = net[: len(net) - view.month], net[len(net) - view.month :]
    if not len(before) or not len(since):
        return 0.0
    return float(since[-RECENT_MONTHS:].mean() - before[-YEAR:].mean())


def contribution_fen(view: OperatorView) -> tuple[float, float]:
    """Monthly contribution in the year before the experiment began, and in the last months."""
    money = view.own.contribution_fen
    before, since = money[: len(money) - view.month], money[len(money) - view.month :]
    if not len(before) or not len(since):
        return 0.0, 0.0
    return float(before[-YEAR:].mean()), float(since[-RECENT_MONTHS:].mean())


def earns_less(view: OperatorView) -> bool:
    """Whether the last months earned less than the months before anybody moved."""
    before, now = contribution_fen(view)
    return now < before


def margin_fen(view: OperatorView) -> float:
    """What a line earns a month, net of tax and of what serving it costs."""
    if not view.month:
        return 0.0
    return view.arpu_fen() / (1.0 + view.vat_rate) - view.costs.line_fen
