"""The floor under any month: a pass that reads all columns, writes what changes, thinks nothing."""

import numpy as np
from numpy.typing import NDArray

from agents.state import Columns, MonthRecord
from sim.compile import kernel


@kernel
def read_and_write(
    c: Columns, r: MonthRecord, contact: NDArray[np.int16], start: int, stop: int
) -> None:
    """Read and write accounts `start` to `stop` as a month does.

    Every value written differs from the one read, or the compiler would leave the pass out.
    """
    for who in range(start, stop):
        fixed = (
            np.int64(c.segment[who])
            + np.int64(c.region[who])
            + np.int64(c.lines[who])
            + np.int64(c.owned[who])
            + np.int64(contact[who])
        )
        r.used_gb[who] = c.usage_gb[who] + 1.0
        r.events[who] = fixed
        r.main_fen[who] = fixed
        r.second_fen[who] = fixed
        r.broadband_fen[who] = fixed
        r.exit_fee_fen[who] = fixed
        r.origin[who] = c.offer[who]
        c.offer[who] ^= 1
        c.second[who] ^= 1
        c.broadband[who] ^= 1
        c.tenure_months[who] ^= 1
        c.second_tenure_months[who] ^= 1
        c.contract_left[who] ^= 1
        c.satisfaction[who] += 1.0
        c.reference_fen[who] ^= 1
        c.bill_fen[who] ^= 1
        c.points[who] ^= 1
        c.perk[who] ^= 1
        c.perk_left[who] ^= 1
        c.welcome_fen[who] ^= 1
        c.welcome_left[who] ^= 1
        c.contacts[who] ^= 1
        c.left_operator[who] ^= 1
        c.left_months[who] ^= 1
        c.seen_operator[who] ^= 1
        c.seen_moved[who] ^= 1
