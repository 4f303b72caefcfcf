"""One account's scenes: the habits of `habits.py`, looked up in the month's tables."""

from agents.behaviour.environment import MarketTables
from agents.behaviour.habits import has_habit, scene_share
from agents.fields import Account
from sim.compile import behaviour


@behaviour
def has_scene(a: Account, scene: int, m: MarketTables) -> bool:
    """Whether an account has a habit."""
    s = m.around
    income = s.regions[a.region].income
    return has_habit(s.seed, a.who, a.segment, income, scene, s.habits[0])


@behaviour
def scene_level(a: Account, scene: int, m: MarketTables) -> float:
    """How much of a scene's worth an account gets: all with the habit, else what is occasional."""
    return 1.0 if has_scene(a, scene, m) else m.around.habits[0].occasional


@behaviour
def share_of_scene(a: Account, scene: int, month: int, m: MarketTables) -> float:
    """Share of an account's traffic that a scene takes; month 0: in an ordinary month."""
    s = m.around
    income = s.regions[a.region].income
    return scene_share(s.seed, a.who, a.segment, income, month, scene, s.habits[0])
