"""Sell products besides the plan (价值套餐组合、智慧家庭1+N), on trial or not.

Prices may move: for some months from the beginning each is a share of what it is later (penetration
pricing). What people pay later was not what they came for, so reviews tell who stays.
"""

from typing import Annotated

from pydantic import Field

from agents.actions import Action, StartProgramme
from agents.mechanisms.addon_settings import AddonSettings
from agents.mechanisms.addons import ADDONS
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Months
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, programme, terms_in


class AddonsSettings(BeginSettings, AddonSettings):
    """Parameters of `addons`: when they are sold, which, and at what prices at first."""

    opening_months: Months = 0
    """For how many months prices are opening prices."""
    opening_price_share: Annotated[float, Field(ge=0, le=2)] = 1.0
    """Opening price as a share of the price; 0: free."""


@strategy("addons", AddonsSettings)
class Addons:
    """Open the catalogue once; move its prices once; close it when the time is over."""

    sells_lines = False
    """A platform without lines can play it."""

    def __init__(self, settings: AddonsSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """The catalogue opens, changes its prices and closes."""
        s = self.settings
        phase = phase_of(self.spell, view, s)
        actions = programme(phase, ADDONS.name, AddonSettings, s)
        if s.opening_months == 0 or phase not in {"first", "on"}:
            return actions
        age = view.month - (self.spell.begun or 0)
        if age == 0:
            return [self._prices(s.opening_price_share)]
        return [self._prices(1.0)] if age == s.opening_months else []

    def _prices(self, share: float) -> StartProgramme:
        s = self.settings
        products = {
            name: one.model_copy(update={"price_yuan": round(one.price_yuan * share, 2)})
            for name, one in s.products.items()
        }
        return StartProgramme(ADDONS.name, terms_in(s, AddonSettings, products=products))
