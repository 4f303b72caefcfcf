"""Which experiments a market can take part in: a short form holds what one kind of them needs."""

from experiments.question.question import Question
from sim.errors import QuestionError

_MADE_FOR = {"history": "backtest", "textbook": "equilibrium"}


def need_full_market(question: Question) -> None:
    """Refuse a market whose file leaves out what this experiment looks at. Raises `QuestionError`.

    A market of history lacks costs, campaigns and partners, and its moves are played in a backtest
    only; the textbook's has no published figures to be fitted to.
    """
    market = question.resolved.get("market")
    form = market.get("form") if isinstance(market, dict) else None
    if form in _MADE_FOR:
        raise QuestionError(
            f"market '{question.market.name}' is of the form '{form}', made for "
            f"experiment={_MADE_FOR[form]}; experiment={question.experiment} needs a market in "
            "full, such as market=china_2024 or market=duopoly"
        )
