"""A campaign's attempt to reach somebody: reached or not, annoyed or not, listening or not."""

from typing import NamedTuple

from agents.behaviour.environment import MarketTables
from agents.fields import Account
from sim.compile import behaviour
from sim.draws import Purpose, uniforms


class Contact(NamedTuple):
    """What came of a campaign's attempt to reach a subscriber."""

    reached: bool
    annoyed: int
    persuaded: bool


@behaviour
def contact_by(campaign: int, a: Account, occasion: int, m: MarketTables) -> Contact:
    """Whether a campaign's attempt reaches somebody, annoys, and finds a willing ear.

    `occasion` keeps the luck of a call (0) apart from that of a talk at the save desk (1).
    """
    s = m.around
    c = m.campaigns
    reach, annoy, ear, _ = uniforms(s.seed, a.who, s.month, Purpose.CONTACT, occasion)
    reached = reach < c[campaign].reach[a.segment] * c[campaign].nearby[a.region]
    return Contact(
        reached,
        1 if reached and annoy < c[campaign].irritation[a.segment] else 0,
        reached and ear < c[campaign].persuasion[a.segment],
    )
