"""From decision to deed: what happens to an operator's action between wish and market."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agents.actions import (
    Action,
    AddBenefits,
    Advertise,
    Campaign,
    Cover,
    EndAlliance,
    EndService,
    Invest,
    Launch,
    LogEntry,
    MergeInto,
    ProposeAlliance,
    Reprice,
    StartCampaign,
    StartProgramme,
    StopCampaign,
    StopProgramme,
    Welcome,
    Withdraw,
)
from agents.observation import OfferView
from agents.partner import Alliance, Change, Partner
from agents.regulator import Case
from agents.settings import offer_name
from agents.tables import first_appeal, offer_key
from agents.tallies import Counters
from sim.money import to_fen
from sim.schema import MarketError
from sim.vocabulary import CUSTOMER_CLASSES, Event

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


_YEAR = 12


def submit(market: "Market", operator: "Operator", action: Action) -> None:
    """Let the regulator judge an action; queue it, with its delay and lead time, or log why not."""
    verdict = market.regulator.judge(case_of(market, operator, action))
    if verdict.decision == "reject":
        operator.fine_fen += round(verdict.fine_yuan * 100.0 / market.scale)
        note(market, operator.name, action, "rejected", verdict.reason)
        operator.answers.append(f"{type(action).__name__} rejected: {verdict.reason}")
        return
    wait = verdict.months if verdict.decision == "delay" else 0
    if verdict.decision == "delay":
        note(market, operator.name, action, f"delayed {verdict.months} months", verdict.reason)
    if isinstance(action, Launch | AddBenefits):
        wait += operator.settings.lead_months
    market.queue.append((market.month + wait, operator.index, action))


def carry_out_due(market: "Market") -> None:
    """Do everything whose time has come, in the order it was decided."""
    due = [entry for entry in market.queue if entry[0] <= market.month]
    market.queue = [entry for entry in market.queue if entry[0] > market.month]
    for _, index, action in due:
        operator = market.operators[index]
        outcome, reason = _do(market, operator, action)
        operator.answers.append(f"{type(action).__name__}: {outcome} {reason}".strip())
        note(market, operator.name, action, outcome, reason or action.reason)


def _do(  # noqa: C901, PLR0912 - one branch for each kind of action
    market: "Market", operator: "Operator", action: Action
) -> tuple[str, str]:
    """Carry out one action; returns what became of it and why."""
    book = market.book
    match action:
        case Launch():
            _launch(market, operator, action)
        case Reprice():
            book.reprice(book.row(_own(operator, action.offer)), action.price_fen, action.regions)
        case Welcome():
            row = book.row(_own(operator, action.offer))
            yuan = action.discount_fen / 100.0
            book.change(row, welcome_discount_yuan=yuan, welcome_months=action.months)
            if action.pays_exit_fee_fen is not None:
                book.change(row, pays_exit_fee_yuan=action.pays_exit_fee_fen / 100.0)
        case AddBenefits():
            row = book.row(_own(operator, action.offer))
            offer = book.offers[row]
            allowance = max(0.0, offer.allowance_gb + action.extra_gb)
            book.change(row, benefits=_changed(offer.benefits, action), allowance_gb=allowance)
        case Withdraw():
            book.withdraw(book.row(_own(operator, action.offer)))
        case StartCampaign():
            return _start_campaign(market, operator, action.campaign)
        case StopCampaign():
            stopped = market.campaigns.stop(operator.index, action.name)
            return ("done", "") if stopped else ("ignored", "no such campaign was running")
        case StartProgramme():
            market.programmes.start(operator.index, action.mechanism, action.terms)
        case StopProgramme():
            stopped = market.programmes.stop(operator.index, action.mechanism)
            return ("done", "") if stopped else ("ignored", "no such programme was running")
        case ProposeAlliance():
            return _propose(market, operator, action)
        case EndAlliance():
            market.partner(action.partner).alliances.pop(operator.index, None)
        case Advertise():
            _advertise(market, operator, action)
        case Invest():
            region = _region(market, action.region)
            extra = market.network.order(
                market.month, operator.index, region, action.capacity_share
            )
            yuan = extra * operator.settings.network.capacity_yuan_per_gb
            operator.invest_fen += to_fen(yuan)
        case Cover():
            _cover(market, operator, action)
        case EndService():
            for row in _rows(market, operator, action.offer):
                book.end(row)
        case MergeInto():
            _merge(market, operator, action)
    return "done", ""


def _launch(market: "Market", operator: "Operator", action: Launch) -> None:
    book = market.book
    name = offer_name(operator.name, action.plan)
    if action.like:
        like = book.row(_own(operator, action.like))
        appeal = book.appeals_yuan[like]
        book.add(name, action.offer, operator.index, book.keys[like], appeal, shares_key=True)
    else:
        book.add(
            name, action.offer, operator.index, offer_key(name),
            first_appeal(market.settings, operator.name, action.offer, action.equivalent_yuan),
        )  # fmt: skip


def _rows(market: "Market", operator: "Operator", offer: str) -> list[int]:
    """The row of one own offer, or (empty) of all that were ever the operator's."""
    if offer:
        return [market.book.row(_own(operator, offer))]
    return [row for row, who in enumerate(market.book.operators) if who == operator.index]


def _cover(market: "Market", operator: "Operator", action: Cover) -> None:
    where = [_region(market, r) for r in action.regions] or list(range(len(market.regions)))
    if action.coverage is not None:
        market.coverage[operator.index, where] = action.coverage
    if action.quality is not None:
        market.network.base[operator.index, where] = action.quality


def _merge(market: "Market", operator: "Operator", action: MergeInto) -> None:
    heir = market.operator(action.operator)
    if operator.settings.broadband_yuan is not None:
        raise MarketError(f"{operator.name} sells broadband, which cannot be handed over")
    for row in _rows(market, operator, ""):
        market.book.hand_over(row, heir.index)
    for name in market.campaigns.names(operator.index):
        market.campaigns.stop(operator.index, name)
    for partner in market.partners:  # who was promised a service keeps it
        alliance = partner.alliances.pop(operator.index, None)
        if alliance is not None:
            partner.alliances.setdefault(heir.index, alliance)


def _changed(benefits: tuple[str, ...], action: AddBenefits) -> tuple[str, ...]:
    """An offer's benefits after the action, in a stable order."""
    wanted = dict.fromkeys((*benefits, *action.benefits))
    return tuple(benefit for benefit in wanted if benefit not in action.without)


def _own(operator: "Operator", offer: str) -> str:
    full = offer if "/" in offer else offer_name(operator.name, offer)
    if not full.startswith(f"{operator.name}/"):
        raise MarketError(f"{operator.name} cannot change '{full}': it is not its own offer")
    return full


def _region(market: "Market", region: str) -> int:
    if region not in market.regions:
        raise MarketError(f"region '{region}' does not exist; allowed: {', '.join(market.regions)}")
    return market.regions.index(region)


def _start_campaign(market: "Market", operator: "Operator", campaign: Campaign) -> tuple[str, str]:
    desk = market.campaigns.save_desk_of(operator.index)
    if campaign.when == "notice" and desk not in ("", campaign.name):
        return "refused", f"save desk '{desk}' is open; an operator has one, stop it first"
    for region in campaign.regions:
        _region(market, region)
    if campaign.when == "notice" and (campaign.who.conditions or campaign.who.rank_by):
        raise MarketError(
            f"campaign '{campaign.name}': a save desk (when: notice) talks to everybody who gives "
            "notice; it takes no conditions and no ranking"
        )
    if campaign.what.invite_to:
        invite = _own(operator, campaign.what.invite_to)
        campaign = campaign.model_copy(
            update={"what": campaign.what.model_copy(update={"invite_to": invite})}
        )
        market.book.row(invite)
    market.book.benefit_mask(campaign.what.benefits)
    lines = operator.books.lines[-1] if operator.books.lines else 1
    bill = operator.books.mobile_fen[-1] / max(1, lines) if operator.books.mobile_fen else 0.0
    market.campaigns.start(operator.index, campaign, bill)
    return "done", ""


def _advertise(market: "Market", operator: "Operator", action: Advertise) -> None:
    where = [_region(market, r) for r in action.regions] or list(range(len(market.regions)))
    row = market.advert[operator.index]
    row[where] = np.minimum(1.0, row[where] + action.reach)
    accounts = np.diff(market.region_start)[where].sum()
    operator.advert_fen += round(float(accounts) * action.reach * action.cost_fen_per_account)


def _propose(market: "Market", operator: "Operator", action: ProposeAlliance) -> tuple[str, str]:
    partner = market.partner(action.partner)
    benefit = market.partner_names.index(action.partner)
    users, direct = market.reach_of(benefit)
    reply = partner.consider(action, operator.index, market.month, users, direct)
    if not reply.accepted:
        return "refused", f"{partner.name}: {reply.reason}"
    if action.exclusive:
        for other in [who for who in partner.alliances if who != operator.index]:
            del partner.alliances[other]
            ended = market.operators[other].name
            market.log.append(
                LogEntry(market.month, partner.name, "leaves", ended, "exclusive elsewhere")
            )
    if operator.index not in partner.alliances:
        setup = round(partner.settings.setup_yuan * 100.0 / market.scale)
        market.setup_fen[partner.name] = market.setup_fen.get(partner.name, 0) + setup
    partner.alliances[operator.index] = Alliance(
        reply.wholesale_fen, action.exclusive, market.month
    )
    return "accepted", f"{partner.name}: {reply.reason}"


def partner_changes(market: "Market", partner: Partner, change: Change) -> None:
    """Carry out what a partner decided by itself."""
    operator = market.operators[change.operator]
    if change.kind == "leave":
        partner.alliances.pop(change.operator, None)
    else:
        old = partner.alliances[change.operator]
        partner.alliances[change.operator] = replace(old, wholesale_fen=change.wholesale_fen)
    operator.answers.append(f"{partner.name} {change.kind}: {change.reason}")
    if change.kind != "renew":
        market.log.append(
            LogEntry(market.month, partner.name, change.kind, operator.name, change.reason)
        )


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


def case_of(market: "Market", operator: "Operator", action: Action) -> Case:
    """The facts of an action that the regulator can establish."""
    book = market.book
    offer = None
    old_price = new_price = None
    match action:
        case Launch():
            offer, new_price = action.offer, to_fen(action.offer.price_yuan)
        case Reprice() | Welcome() | AddBenefits():
            row = book.row(_own(operator, action.offer))
            offer = book.offers[row]
            new_price = int(book.prices_fen[row].min())
            old_price = _highest_price(market, operator.index, book.names[row])
            if isinstance(action, Reprice):
                new_price = action.price_fen
        case _:
            pass
    benefits: tuple[str, ...] = offer.benefits if offer is not None else ()
    if isinstance(action, AddBenefits):
        benefits = _changed(benefits, action)
    retail = sum(to_fen(market.partner(b).settings.retail_yuan) for b in benefits)
    welcome_fen = welcome_months = 0
    cost = 0
    if offer is not None:
        welcome_fen, welcome_months = to_fen(offer.welcome_discount_yuan), offer.welcome_months
        if offer.customers == "enterprise":  # priced per line, but one set of benefits an account
            retail = round(retail / market.settings.population.enterprise_lines_mean)
        costs = operator.settings.costs
        usual = market.settings.behaviour.usage_gb.array()[list(CUSTOMER_CLASSES[offer.customers])]
        used = min(offer.allowance_gb, float(usual.mean()) * offer.lines)
        cost = offer.lines * to_fen(costs.line_yuan) + to_fen(used * costs.gb_yuan)
        cost += to_fen(costs.broadband_yuan) if offer.broadband else 0
        cost += sum(market.partner(b).asks_fen for b in benefits)
    return Case(
        action=action,
        operator=operator.name,
        cost_to_serve_fen=cost,
        old_price_fen=old_price,
        new_price_fen=new_price,
        benefit_retail_fen=retail,
        vat_rate=market.settings.vat_rate,
        welcome_fen=welcome_fen,
        welcome_months=welcome_months,
    )


def _highest_price(market: "Market", operator: int, name: str) -> int:
    """Highest price of the last year: many small cuts are judged as the deep one they add up to."""
    prices = [
        min(view.price_fen)
        for offers in market.posted[-_YEAR:]
        for view in offers[operator]
        if view.name == name
    ]
    return max(prices)


def post_offers(market: "Market") -> list[tuple[OfferView, ...]]:
    """All operators' offers as posted now, with their own customer counts; `[operator]`."""
    counters = market.last_counters
    book = market.book
    posted: list[list[OfferView]] = [[] for _ in market.operators]
    for row, name in enumerate(book.names):
        counts = (
            counters.offers[row] if counters is not None and row < len(counters.offers) else None
        )
        offer = book.offers[row]
        posted[book.operators[row]].append(
            OfferView(
                name=name,
                offer=offer,
                price_fen=tuple(int(price) for price in book.prices_fen[row]),
                on_sale=book.on_sale[row],
                welcome_fen=to_fen(offer.welcome_discount_yuan),
                welcome_months=offer.welcome_months,
                accounts=0.0 if counts is None else float(counts[0]) * market.scale,
                lines=0.0 if counts is None else float(counts[1] + counts[2]) * market.scale,
            )
        )
    return [tuple(offers) for offers in posted]


def note(market: "Market", actor: str, action: Action, outcome: str, reason: str) -> None:
    """Write an action into the market's log."""
    what = {
        name: str(value)
        for name, value in vars(action).items()
        if name in ("offer", "plan", "price_fen", "partner", "region", "name", "wholesale_fen")
        and isinstance(value, str | int | float)
    }
    if isinstance(action, StartCampaign):
        what["name"] = action.campaign.name
    market.log.append(LogEntry(market.month, actor, type(action).__name__, outcome, reason, what))
