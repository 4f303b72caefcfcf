"""Lines that end though nobody chose another operator: how many, which, and for how long.

Published churn counts every line that ends: those whose holders went to another operator, and those
that lapsed — prepaid and second SIMs not topped up, bills not paid, deaths, removals, a SIM
replaced by another of the same operator. Attention is calibrated to the first kind alone.
"""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from agents.behaviour.environment import Endings
from agents.behaviour.settings import Chance
from agents.state import Columns
from sim.schema import Settings

if TYPE_CHECKING:
    from agents.settings import MarketSettings

NO_ENDINGS = Endings(0.0, 1.0, 1.0, 0.0, 0.0)
"""Lines end by choice alone."""
Factor = Annotated[float, Field(ge=0, le=20)]


class LifeCycleSettings(Settings):
    """How lines end that nobody ends by choosing another operator."""

    chosen_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of `churn_monthly` that is chosen; the rest lapses. 1: all of it, no line lapses."""
    ports_monthly: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Numbers ported in a month over all lines: what is chosen cannot be less."""
    second_factor: Factor = 3.0
    """How many times likelier a second SIM lapses than a main line without a contract."""
    contract_factor: Factor = 0.33
    """The same of a main line whose contract runs."""
    replaced_share: Chance = 0.3
    """Share of lapsed main lines replaced at once by another of the same operator and plan."""
    dormant_months: Annotated[float, Field(ge=0, le=24)] = 2.0
    """Mean of the time (exponential, whole months) for which a lapsed main line is still counted,
    unused and unpaid, before it is ended and its holder takes a line again."""

    @model_validator(mode="after")
    def _somebody_lapses(self) -> Self:
        if self.chosen_share < 1.0 and self.second_factor + self.contract_factor == 0.0:
            raise ValueError("second_factor and contract_factor are both 0: give one of them")
        return self

    def chosen_monthly(self, churn_monthly: float) -> float:
        """Share of lines whose holders choose another operator in a month."""
        return min(churn_monthly, max(self.chosen_share * churn_monthly, self.ports_monthly))


def endings_of(settings: "MarketSettings", columns: Columns) -> Endings:
    """What decides which lines lapse, such that at the start as many do as the settings say.

    The chance of a main line without a contract is the share of all lines that lapse in a month,
    over the mean of the factors by which the lines there are lapse more or less than it.
    """
    life = settings.life_cycle
    lapse = settings.churn_monthly - life.chosen_monthly(settings.churn_monthly)
    if lapse <= 0.0:
        return NO_ENDINGS
    bound = columns.contract_left > 0
    main = float(columns.lines[~bound].sum()) + life.contract_factor * float(
        columns.lines[bound].sum()
    )
    seconds = float((columns.second >= 0).sum())
    lines = float(columns.lines.sum()) + seconds
    weight = (main + life.second_factor * seconds) / lines
    return Endings(
        min(1.0, lapse / weight) if weight > 0.0 else 0.0,
        life.second_factor,
        life.contract_factor,
        life.replaced_share,
        life.dormant_months,
    )
