"""Answers to moves other than prices: data by data, services by services, a plan by a plan."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agents.actions import Action, AddBenefits, EndAlliance, Launch, ProposeAlliance, Withdraw
from agents.causes import ENDED, Cause, MoveKind, Trigger, Why
from agents.observation import OfferView, OperatorView, PartnerView
from sim.money import to_yuan
from strategies.limits import least_fen
from strategies.reacting.memory import Attack
from strategies.reacting.moves import TOLERANCE, meets, new_benefits
from strategies.reacting.settings import ReactionSettings
from strategies.toolkit import changed, floor_fen, plan_of, sold_in

ASK_AGAIN_MONTHS = 6
"""Months after which a partner that is not allied is asked again."""
Found = Callable[[OperatorView, MoveKind], list[Attack]]
"""The attacks of a kind that are to be answered this month."""


class OtherMoves:
    """What was done about rivals' data, services, plans and exclusive partners."""

    def __init__(self, settings: ReactionSettings) -> None:
        self.settings = settings
        self.why: dict[str, Why] = {}
        """The move that was last answered, by own offer, partner or rival's plan."""
        self.extra_gb: dict[str, float] = {}
        """Data added in answer, by own offer."""
        self.added: dict[str, set[str]] = {}
        """Services added in answer, by own offer."""
        self.plans: dict[str, str] = {}
        """Own plan launched in answer to a rival's (`operator/plan`)."""
        self._asked: dict[str, int] = {}
        self._brought: set[str] = set()
        self._bound: set[str] | None = None
        self._seen_bound: int | None = None
        self._exclusive_answered = False

    def act(self, view: OperatorView, found: Found) -> list[Action]:
        """This month's answers, and the withdrawal of those whose cause is gone."""
        data, services = found(view, "data"), found(view, "benefits")
        plans = found(view, "new_plan")
        causes = {s: a for a in plans for s in a.offer.offer.benefits}
        causes |= {s: a for a in services if a.before for s in new_benefits(a.offer, a.before)}
        actions = self._ally(view, causes)
        for mine in view.offers:
            if mine.on_sale and any(o.name == mine.name for o in view.offers_before):
                actions += self._enrich(view, mine, data, services)
        return actions + self._plans(view, plans) + self._exclusive(view)

    def left_out(self, mine: OfferView, view: OperatorView) -> OfferView:
        """An own offer without what was added to it in answer."""
        gb, added = self.extra_gb.get(mine.name, 0.0), self.added.get(mine.name, set())
        if not gb and not added:
            return mine
        start = next(o.offer.allowance_gb for o in view.offers_before if o.name == mine.name)
        gb = min(gb, max(0.0, mine.offer.allowance_gb - start))
        services = tuple(b for b in mine.offer.benefits if b not in added)
        plain = changed(mine.offer, allowance_gb=mine.offer.allowance_gb - gb, benefits=services)
        return replace(mine, offer=plain)

    # --- data and services ------------------------------------------------------------------------

    def _enrich(
        self, view: OperatorView, mine: OfferView, data: list[Attack], services: list[Attack]
    ) -> list[Action]:
        start = next(o for o in view.offers_before if o.name == mine.name)
        have_gb, have = self.extra_gb.get(mine.name, 0.0), self.added.get(mine.name, set())
        data = [a for a in data if meets("data", start.offer, _was(a).offer)]
        services = [a for a in services if meets("benefits", start.offer, _was(a).offer)]
        gb = self._data(view, mine, start, data, have_gb) - have_gb
        want = self._services(view, mine, services, have)
        new, out = tuple(sorted(want - have)), tuple(sorted(have - want))
        if abs(gb) < TOLERANCE and not new and not out:
            return []
        self.extra_gb[mine.name] = have_gb + gb
        self.added[mine.name] = want
        more = [*(data if gb > 0 else ()), *(services if new else ())]
        why = self._why(mine.name, max(more, key=lambda a: max(a.depths), default=None))
        return [AddBenefits(mine.name, new, gb, why, out)]

    def _why(self, what: str, attack: Attack | None) -> Why:
        """An answer to an attack, or (none) the end of the answer before."""
        if attack is not None:
            self.why[what] = Why(Cause.REACTION, attack.trigger())
            return self.why[what]
        return replace(self.why.get(what, ENDED), cause=Cause.ENDED)

    def _data(
        self, view: OperatorView, mine: OfferView, start: OfferView, data: list[Attack], have: float
    ) -> float:
        """GB to add to an own offer: as large a share as theirs, less what we gave by ourselves."""
        shares = [min(a.depths) for a in data]
        if not shares:
            return 0.0
        by_itself = max(0.0, mine.offer.allowance_gb - have - start.offer.allowance_gb)
        usual = start.offer.allowance_gb
        extra = max(0.0, self.settings.reaction_follow * max(shares) * usual - by_itself)
        if extra <= have:
            return extra
        more = changed(mine.offer, allowance_gb=mine.offer.allowance_gb - have + extra)
        paid = floor_fen(more, view) <= min(mine.price_fen)
        return extra if paid else have

    def _services(
        self, view: OperatorView, mine: OfferView, services: list[Attack], have: set[str]
    ) -> set[str]:
        """Services to have added to an own offer: those that rivals added to plans like it."""
        names = {name for a in services for name in new_benefits(a.offer, _was(a))}
        kept = have & names
        for partner in _by_value(view, names - have):
            fits = _fits(view, mine, (*mine.offer.benefits, partner.name))
            if partner.allied and partner.name not in mine.offer.benefits and fits:
                kept = kept | {partner.name}
                break  # one at a time: the next must fit beside it
        return kept

    def _ally(self, view: OperatorView, causes: dict[str, Attack]) -> list[Action]:
        """Ask for the services that rivals gave; end what was brought for a cause that is gone."""
        actions: list[Action] = []
        for partner in _by_value(view, set(causes)):
            due = view.month - self._asked.get(partner.name, -ASK_AGAIN_MONTHS) >= ASK_AGAIN_MONTHS
            if partner.allied or partner.exclusive_elsewhere or not due:
                continue
            self._asked[partner.name] = view.month
            self._brought.add(partner.name)
            people = sum(o.accounts for o in view.offers if o.on_sale)
            why = self._why(partner.name, causes[partner.name])
            actions.append(_propose(partner, people, why, exclusive=False))
        for name in sorted(self._brought - causes.keys()):
            self._brought.discard(name)
            if any(p.name == name and p.allied for p in view.partners):
                actions.append(EndAlliance(name, self._why(name, None)))
        return actions

    # --- plans ------------------------------------------------------------------------------------

    def _plans(self, view: OperatorView, attacks: list[Attack]) -> list[Action]:
        """A plan like theirs for each new one, as long as theirs is on sale."""
        actions: list[Action] = []
        there = {a.key.offer for a in attacks}
        for theirs in [name for name in self.plans if name not in there]:
            mine = self.plans[theirs]
            sold = [o for o in view.offers if plan_of(o.name) == mine and o.on_sale]
            actions += [Withdraw(o.name, self._why(theirs, None)) for o in sold]
        for attack in attacks:
            if attack.key.offer not in self.plans:
                launch = self._launch(view, attack)
                if launch is not None:
                    self.plans[attack.key.offer] = launch.plan
                    actions.append(launch)
        return actions

    def _launch(self, view: OperatorView, attack: Attack) -> Launch | None:
        """Their plan as ours would be; nothing if its services cannot be had, or it cannot pay."""
        theirs = attack.offer
        models = [
            o
            for o in view.offers
            if o.on_sale
            and any(o.name == start.name for start in view.offers_before)
            and o.offer.customers == theirs.offer.customers
            and o.offer.broadband == theirs.offer.broadband
            and o.offer.lines == theirs.offer.lines
        ]
        if not models:
            return None
        allowance = theirs.offer.allowance_gb
        model = min(models, key=lambda o: (abs(o.offer.allowance_gb - allowance), o.name))
        allied = {p.name for p in view.partners if p.allied}
        services = tuple(b for b in theirs.offer.benefits if b in allied)
        if theirs.offer.benefits and not set(services) - set(model.offer.benefits):
            return None  # a bundle without what makes it one
        sold = [
            price
            for region, price in zip(view.regions, theirs.price_fen, strict=True)
            if sold_in(theirs.offer, region)
        ]
        offer = changed(
            theirs.offer,
            benefits=services,
            points_per_yuan=model.offer.points_per_yuan,
            overage_yuan_per_gb=model.offer.overage_yuan_per_gb,
            price_yuan=to_yuan(min(sold)),
        )
        price = max(min(sold), floor_fen(offer, view), least_fen(view, model, services))
        name = f"answer_to_{theirs.name.replace('/', '_')}"
        why = self._why(attack.key.offer, attack)
        return Launch(name, changed(offer, price_yuan=to_yuan(price)), plan_of(model.name), why)

    # --- exclusive partners -----------------------------------------------------------------------

    def _exclusive(self, view: OperatorView) -> list[Action]:
        """A partner was bound exclusively: bind the most valuable of those we have."""
        bound = {p.name for p in view.partners if p.exclusive_elsewhere}
        if self._bound is None:
            self._bound = bound
        if not bound - self._bound:
            self._seen_bound = None
            return []
        if self._seen_bound is None:
            self._seen_bound = view.month
        early = view.month - self._seen_bound < self.settings.wait_months
        answered = self._exclusive_answered or "exclusive" not in self.settings.reaction_to
        if early or answered:
            return []
        allied = {p.name for p in view.partners if p.allied and not p.exclusive_elsewhere}
        for partner in _by_value(view, allied):
            self._exclusive_answered = True
            people = sum(o.accounts for o in view.offers if partner.name in o.offer.benefits)
            return [_propose(partner, people, self._bound_by(view), exclusive=True)]
        return []

    def _bound_by(self, view: OperatorView) -> Why:
        """The exclusive alliance that is answered: the first that was not there before."""
        assert self._bound is not None
        assert self._seen_bound is not None
        new = [p for p in view.partners if p.exclusive_elsewhere and p.name not in self._bound]
        move = Trigger(new[0].exclusive_with, "exclusive", new[0].name, self._seen_bound)
        return Why(Cause.REACTION, move)


def _was(attack: Attack) -> OfferView:
    return attack.before or attack.offer


def _by_value(view: OperatorView, names: set[str]) -> list[PartnerView]:
    """Partners of these names, the most valuable first."""
    partners = [p for p in view.partners if p.name in names]
    return sorted(partners, key=lambda p: (-p.retail_fen, p.name))


def _fits(view: OperatorView, mine: OfferView, services: Sequence[str]) -> bool:
    """Whether the price of an offer allows and pays for these services."""
    price = min(mine.price_fen)
    with_them = changed(mine.offer, benefits=tuple(services))
    return least_fen(view, mine, services) <= price and floor_fen(with_them, view) <= price


def _propose(partner: PartnerView, people: float, why: Why, *, exclusive: bool) -> ProposeAlliance:
    return ProposeAlliance(partner.name, partner.wholesale_fen, people, exclusive, why)
