"""What became of an action, and how names in actions are read."""

from typing import TYPE_CHECKING, NamedTuple

from agents.causes import Ground, Outcome
from agents.settings import offer_name
from sim.errors import ActionError
from sim.names import unknown

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


class Execution(NamedTuple):
    """What became of an action whose time had come, and why, where that needs saying."""

    outcome: Outcome
    ground: Ground | None = None
    remark: str = ""


DONE = Execution(Outcome.DONE)


def own_offer(operator: "Operator", offer: str) -> str:
    """An own offer's full name. Raises `ActionError` if it is another's."""
    full = offer if "/" in offer else offer_name(operator.name, offer)
    if not full.startswith(f"{operator.name}/"):
        raise ActionError(f"{operator.name} cannot change '{full}': it is not its own offer")
    return full


def region_index(market: "Market", region: str) -> int:
    """A region's index. Raises `UnknownNameError`."""
    if region not in market.regions:
        raise unknown("region", region, market.regions)
    return market.regions.index(region)


def where_of(market: "Market", regions: tuple[str, ...]) -> list[int]:
    """Indices of the regions named, or (none named) of all. Raises `UnknownNameError`."""
    return [region_index(market, r) for r in regions] or list(range(len(market.regions)))
