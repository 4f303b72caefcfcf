"""The month of many subscribers: the behaviour functions, compiled over columns.

`live_month` is the one loop of the engine. It reads last month's state of friends from `seen_*`, so
the order in which accounts are visited, and in how many chunks or threads, cannot matter.
"""

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.month import live
from agents.behaviour.settings import Behaviour
from agents.fields import Seen
from agents.state import Columns, Desk, MonthRecord, load_account, save_account, save_record
from agents.tallies import Counters
from sim.compile import kernel, on_stack, whole
from sim.lent import lent


@kernel
def live_month(
    c: Columns,
    r: MonthRecord,
    counters: Counters,
    contact: NDArray[np.int16],
    room: NDArray[np.float64],
    desk: Desk,
    m: MarketTables,
    p: Behaviour,
    start: int,
    stop: int,
) -> None:
    """Let accounts `start` to `stop` live one month; changes `c`, `r` and `counters` in place.

    `contact[who]` is the campaign that tries to reach an account this month, or -1; `room` and
    `desk` are for whoever's turn it is.
    """
    m = lent(m)
    account = on_stack(desk.account)
    diary = on_stack(desk.diary)
    seen = Seen(c.seen_operator, c.seen_moved)
    for who in range(start, stop):
        account.who = who
        load_account(c, account, who)
        live(account, diary, whole(contact[who]), seen, room, counters, m, p)
        save_account(c, account, who)
        save_record(r, diary, who)
