"""A market with every optional mechanism on, to be measured beside the same market without."""

from typing import Any

import numpy as np

from agents.execution.contacts import contacts_of
from agents.market import Market
from agents.observation import Strategy
from agents.settings import MarketSettings
from experiments.question.files import OUR_FILES
from experiments.question.play import Play, plain_play
from experiments.studies.bench.contest import Contest
from strategies.registry import read

FIRM = "internet_firm"
"""A seller without lines, where the market has none."""
_LEAST: dict[str, dict[str, Any]] = {
    "scenes": {"enabled": True},
    "silence": {"falls_monthly": 0.006},  # assumption: as in the playbook's example
    "outages": {"monthly": 0.02},  # assumption: as in the playbook's example
}
_BY_SEGMENT = {"experience": {"reach": 1.3}, "enterprise": {"reach": 0.3}}  # assumption


def with_everything(market: MarketSettings) -> MarketSettings:
    """The market with scenes, people who fall silent, regions that fail, and a platform.

    What the market has of these already stays as it is.
    """
    data = market.model_dump()
    for part, fields in _LEAST.items():
        if not any(getattr(getattr(market, part), name) for name in fields):
            data[part] |= fields
    if not any(operator.platform for operator in market.operators.values()):
        data["operators"][FIRM] = {"label": "Internet firm", "platform": True}
    if not any(channel["by_segment"] for channel in data["channels"].values()):
        data["channels"]["app"]["by_segment"] = _BY_SEGMENT
    return MarketSettings.model_validate(data)


def players(market: MarketSettings) -> dict[str, Strategy]:
    """What is played: the whole playbook by the first two operators, a hub by the platform.

    Raises:
        QuestionError: the market lacks what a member of the playbook names.
    """
    lines = [name for name, operator in market.operators.items() if not operator.platform]
    platform = next(name for name, operator in market.operators.items() if operator.platform)
    plays = dict.fromkeys(lines[:2], "whole_playbook") | {platform: "platform_hub"}
    return {name: read(plain_play(Play(play), {}, OUR_FILES)) for name, play in plays.items()}


def everything_scene(
    settings: MarketSettings, subscribers: int, seed: int, threads: int, months_before: int
) -> Contest:
    """A month of the market with everything on, after `months_before` months of playing."""
    settings = with_everything(settings)
    market = Market(settings, subscribers, seed, threads).run(1)
    market.play(players(settings)).run(months_before)
    contact = np.asarray(contacts_of(market), dtype=np.int16)
    return Contest(market.population.columns(), market.tables(), market.behaviour, contact)
