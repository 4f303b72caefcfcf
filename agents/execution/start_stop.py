"""Starting and stopping campaigns and programmes, and what campaigns cost a month."""

from typing import TYPE_CHECKING

import numpy as np

from agents.actions import (
    Campaign,
    StartCampaign,
    StartProgramme,
    StopCampaign,
    StopProgramme,
    Treatment,
)
from agents.causes import Ground, Outcome
from agents.execution.outcome import DONE, Execution, own_offer, region_index
from agents.mechanisms.line_monitor import LINE_MONITOR
from agents.mechanisms.outbound_calls import OUTBOUND_CALLS
from agents.prediction.predictors import (
    FAULT,
    PREDICTORS,
    RESPONSE,
    check_installed,
    predicted,
)
from agents.tallies import Counters
from sim.errors import ActionError
from sim.money import to_fen
from sim.names import check
from sim.vocabulary import Event

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator

_NEEDS = {"fault_expected": LINE_MONITOR.name, "silent": OUTBOUND_CALLS.name}
"""Programmes that occasions need."""
NOTHING_RUNNING = Execution(Outcome.IGNORED, Ground.NOT_RUNNING)


def start(market: "Market", operator: "Operator", action: StartCampaign) -> Execution:
    """Start or replace a campaign; a second save desk is refused."""
    campaign = action.campaign
    desk = market.campaigns.save_desk_of(operator.index)
    if campaign.when == "notice" and desk not in ("", campaign.name):
        remark = f"save desk '{desk}' is open; an operator has one, stop it first"
        return Execution(Outcome.REFUSED, Ground.ONE_SAVE_DESK, remark)
    for region in campaign.regions:
        region_index(market, region)
    _check_prediction(campaign)
    if campaign.when in _NEEDS:
        _check_occasion(market, operator, campaign)
    if campaign.when == "notice" and _chooses(campaign):
        raise ActionError(
            f"campaign '{campaign.name}': a save desk (when: notice) talks to all customers who "
            "give notice; it takes no conditions, ranking, regions or holdout"
        )
    if campaign.what.invite_to:
        invite = own_offer(operator, campaign.what.invite_to)
        campaign = campaign.model_copy(
            update={"what": campaign.what.model_copy(update={"invite_to": invite})}
        )
        market.book.row(invite)
    market.book.benefit_mask(campaign.what.benefits)
    lines = operator.books.lines[-1] if operator.books.lines else 1
    bill = operator.books.mobile_fen[-1] / max(1, lines) if operator.books.mobile_fen else 0.0
    market.campaigns.start(operator.index, campaign, bill)
    market.archive.keep(campaign.records_months)
    market.forecaster.lines.keep(campaign.records_months)
    return DONE


def _check_occasion(market: "Market", operator: "Operator", campaign: Campaign) -> None:
    """Raise where a campaign lacks the programme that its occasion needs, or asks too much."""
    name = f"campaign '{campaign.name}' (when: {campaign.when})"
    if _NEEDS[campaign.when] not in market.programmes.names(operator.index):
        raise ActionError(
            f"{name}: needs the programme '{_NEEDS[campaign.when]}', which {operator.name} does "
            "not run; start it first"
        )
    if campaign.when == "fault_expected" and campaign.what != Treatment(kind=campaign.what.kind):
        raise ActionError(f"{name}: a visit grants nothing; leave `what` as it is")
    if campaign.what.invite_to:
        raise ActionError(f"{name}: invite_to = '{campaign.what.invite_to}', allowed none")
    if campaign.who.customers == "former":
        raise ActionError(f"{name}: who.customers = 'former', allowed 'own'")


def _check_prediction(campaign: Campaign) -> None:
    """Raise where a campaign chooses by what its predictor does not say, or cannot learn."""
    name = f"campaign '{campaign.name}'"
    check(f"{name}: predictor", (campaign.predictor,), PREDICTORS)
    says = predicted(campaign.predictor, campaign.when)
    asked = {campaign.who.rank_by, *(c.field for c in campaign.who.conditions)}
    for field in asked & ({"churn_risk", RESPONSE, FAULT} - {says}):
        raise ActionError(
            f"{name}: predictor '{campaign.predictor}' predicts '{says}', not '{field}'"
        )
    if says in asked:
        check_installed(campaign.predictor)
    if campaign.predictor == RESPONSE and not campaign.holdout_share:
        raise ActionError(
            f"{name}: holdout_share is 0; predictor '{RESPONSE}' learns from those left alone, "
            "it must be above 0"
        )


def stop(market: "Market", operator: "Operator", action: StopCampaign) -> Execution:
    """End a campaign."""
    stopped = market.campaigns.stop(operator.index, action.name)
    return DONE if stopped else NOTHING_RUNNING


def _chooses(campaign: Campaign) -> bool:
    """Whether a campaign is for some customers only."""
    who = campaign.who
    return bool(who.conditions or who.rank_by or campaign.regions or campaign.holdout_share)


def start_programme(market: "Market", operator: "Operator", action: StartProgramme) -> Execution:
    """Switch a mechanism on."""
    market.programmes.start(operator.index, action.mechanism, action.terms)
    return DONE


def stop_programme(market: "Market", operator: "Operator", action: StopProgramme) -> Execution:
    """End a programme."""
    stopped = market.programmes.stop(operator.index, action.mechanism)
    return DONE if stopped else NOTHING_RUNNING


def charge_save_desks(market: "Market", counters: Counters) -> None:
    """Book what campaigns cost this month: talks at the save desk, credits and discounts."""
    events = market.population.record.events
    talked = (events & Event.SAVE_DESK) != 0
    talks = np.bincount(market.population.record.origin[talked], minlength=len(market.operators))
    for operator in market.operators:
        row = int(market.desks[operator.index].max())
        if row >= 0:
            fen = int(talks[operator.index]) * to_fen(market.campaigns.rows[row].channel.cost_yuan)
            operator.contact_fen += fen
            market.spending.add(row, fen)
    for row in range(len(market.campaigns.rows)):
        promised = int(counters.campaigns[row, 1] + counters.campaigns[row, 2])
        market.spending.add(row, promised)
