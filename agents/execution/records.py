"""Customer records: kept where somebody may need them to predict who leaves."""

from typing import TYPE_CHECKING

import numpy as np

from agents.prediction.crm import observe
from sim.records import column

if TYPE_CHECKING:
    from agents.market import Market


def file_records(market: "Market") -> None:
    """Keep the month's customer records, if anybody reads them."""
    playing = any(
        o.strategy is not None and getattr(o.strategy, "reads_customers", True)
        for o in market.operators
    )
    if not (playing or market.keep_customer_records):
        return
    columns, offers = market.population.columns(), market.book.table()
    main = column(offers.rows, "operator")[columns.offer]
    observed = observe(columns, market.population.record, offers, 0, market.allowance_growth())
    observed["has_broadband"] = (columns.broadband == main).astype(np.float64)
    market.archive.file(market.month, main.astype(np.int8), observed)
