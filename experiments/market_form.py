"""Which experiments a market can take part in: a short form holds what one kind of them needs."""

from experiments.request import Request
from sim.schema import MarketError

_MADE_FOR = {"history": "backtest", "textbook": "equilibrium"}


def need_full_market(request: Request) -> None:
    """Refuse a market whose file leaves out what this experiment looks at. Raises `MarketError`.

    A market of history lacks costs, campaigns and partners, and its moves are played in a backtest
    only; the textbook's has no published figures to be fitted to.
    """
    market = request.resolved.get("market")
    form = market.get("form") if isinstance(market, dict) else None
    if form in _MADE_FOR:
        raise MarketError(
            f"market '{request.market.name}' is of the form '{form}', made for "
            f"experiment={_MADE_FOR[form]}; experiment={request.experiment} needs a market in "
            "full, such as market=china_2024 or market=duopoly"
        )
