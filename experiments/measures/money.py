"""Who was paid what for what, month by month: the ledger as a tidy table."""

import pandas as pd

from agents.market import Market
from sim.ledger import Flow


def money_table(market: Market, start: int) -> pd.DataFrame:
    """Money of every operator and partner from month `start` on: real, as the ledger has it.

    Returns:
        Columns `month` (0: `start`), `account`, `flow`, `yuan`. What an account receives is
        positive, what it pays negative, so that its months add up to its contribution. Flows of
        nothing are left out.
    """
    names = {operator.name for operator in market.operators} | set(market.partner_names)
    sums: dict[tuple[int, str, Flow], int] = {}
    for posting in market.ledger.postings():
        if posting.month < start:
            continue
        for account, fen in ((posting.payee, posting.fen), (posting.payer, -posting.fen)):
            if account in names:
                key = (posting.month - start, account, posting.flow)
                sums[key] = sums.get(key, 0) + fen
    yuan = market.scale / 100.0
    rows = [
        (month, account, flow.value, fen * yuan) for (month, account, flow), fen in sums.items()
    ]
    return pd.DataFrame(rows, columns=["month", "account", "flow", "yuan"]).astype(
        {"month": "int32", "yuan": "float64"}
    )
