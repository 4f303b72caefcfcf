"""Ask the price that pays best this month, given what rivals ask: measured, not assumed.

An operator that knows its own customers, its own past prices and its costs needs two figures for
its best price: how many buy, and how fast they go when it asks more. The first is in its books. The
second it measures by probing: for some months its prices lie a step above or below where it would
leave them, by a plan that tells its own step from rivals' (a fractional factorial design in sixteen
runs, Box & Hunter 1961), with short and long steps in turn. With a share s and a scale
m = s·(1 − s) / (−ds/dp), which for logit demand is that of the taste shock, the best price is that
of the logit with this share and this slope at today's price p:
c + m·(1 + W(exp(ln(s / (1 − s)) + (p − c)/m − 1))), W being Lambert's function. Where price and
reply are the same, p − c = s / (−ds/dp): the first-order condition of a best response under any
smooth demand. If all operators play it, prices come to rest where nobody gains by another one
(Bertrand & Nash).

It is a rule for one month: where people rarely look, most of what a price does comes later, and a
rule that does not wait for it asks too much. `wait_months` lets each price work for longer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import Field
from scipy.special import wrightomega

from agents.actions import Action
from agents.observation import OperatorView
from sim.money import round_fen
from sim.schema import Settings
from strategies.registry import strategy
from strategies.toolkit import floor_fen, full_cost_fen, reprice

REPLIES = 8
"""Turns in which prices are replies; then follow the turns in which they are probes."""
PROBES = 16
CYCLE = REPLIES + PROBES
_CODES = (0b0001, 0b0010, 0b0100, 0b1000, 0b0111, 0b1011, 0b1101, 0b1110)
"""Columns of a two-level design of resolution IV: which bits of the run's number make the sign."""
_SURE = 3.0  # standard errors from zero that make a measured slope one to act upon
_NOISE = (
    5.0  # scales of step for a unit of sampling error in log odds: a slope known to a twentieth
)
_LONGEST = 0.45  # scales of step: twice that is still within the least margin worth asking
_SWING = 6.0  # swings of log odds beyond this come of steps far too long: what was known is void
_STEADY = 1.25  # a step is kept while it is within this factor of the one wanted
_PATIENCE = 3  # turns without a single sale
_HALVINGS = 20
_DEAREST_FEN = 10_000_000.0


class BestResponseSettings(Settings):
    """Parameters of `best_response`."""

    probe: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Step of a probe, relative to demand's scale; twice in every other round, more if few buy."""
    wait_months: Annotated[int, Field(ge=1, le=24)] = 1
    """Months that a price is left to work before the next."""
    most_change: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Largest change of the price from one reply to the next, as a share of it."""


class Probe(NamedTuple):
    """What one price led to; price in fen, the rest in simulated lines."""

    price: float
    sold: float
    market: float

    @property
    def log_odds(self) -> float:
        """Log of buyers over others, with half a line on either side so that it is finite."""
        return math.log((self.sold + 0.5) / (self.market - self.sold + 0.5))

    @property
    def variance(self) -> float:
        """Sampling variance of the log odds."""
        return 1.0 / (self.sold + 0.5) + 1.0 / (self.market - self.sold + 0.5)


class Slope(NamedTuple):
    """How fast log odds fall with the price: an estimate, and its precision (1 / variance)."""

    slope: float
    precision: float
    wide: bool = False
    """Measured with steps twice as long, by everybody."""


@dataclass
class Tariff:
    """The plans on sale, moved together; amounts in fen per account, tax included."""

    start: dict[str, tuple[int, ...]]
    floors: dict[str, int]
    weights: dict[str, float]
    cost: float

    @classmethod
    def of(cls, view: OperatorView) -> "Tariff":
        """What is on sale now, each plan weighted by its lines."""
        plans = [o for o in view.offers if o.on_sale and max(o.price_fen) > 0]
        lines = sum(o.lines for o in plans)
        weights = {o.name: o.lines / lines if lines else 1.0 / len(plans) for o in plans}
        floors = {o.name: floor_fen(o.offer, view) for o in plans}
        cost = sum(weights[o.name] * full_cost_fen(o.offer, view) for o in plans)
        return cls({o.name: o.price_fen for o in plans}, floors, weights, cost)

    def price(self, prices: dict[str, tuple[int, ...]]) -> float:
        """Mean price over plans and regions."""
        return sum(
            weight * sum(prices[name]) / len(prices[name])
            for name, weight in self.weights.items()
            if name in prices
        )

    def at(self, price: float) -> dict[str, tuple[int, ...]]:
        """Every plan's prices at which the mean is the one wanted, none below its cost."""
        factor = price / self.price(self.start)
        return {
            name: tuple(max(self.floors[name], round_fen(fen * factor)) for fen in start)
            for name, start in self.start.items()
        }


@strategy("best_response", BestResponseSettings)
class BestResponse:
    """Reply to rivals' prices as a measured logit demand says; measure again; reply."""

    def __init__(self, settings: BestResponseSettings) -> None:
        self.settings = settings
        self.tariff: Tariff | None = None
        self.base = 0.0
        """The price it would ask if it did not probe, in fen."""
        self.scale = 0.0
        """Scale of demand it believes in, in fen: at the start, its margin."""
        self.slopes: list[Slope] = []
        """One measurement for each round of probes."""
        self._probes: list[Probe] = []
        self._noise = 0.0
        self._step = 0.0
        self._dry = 0
        """Turns in a row in which nobody bought."""
        self._all = 0.0
        """Highest price of this round at which everybody bought, and lowest at which nobody did."""
        self._none = _DEAREST_FEN

    def act(self, view: OperatorView) -> list[Action]:
        """This month's price: a reply or a probe."""
        wait = self.settings.wait_months
        if view.month % wait:
            return []
        turn = view.month // wait
        if self.tariff is None:
            if not any(o.on_sale and max(o.price_fen) > 0 for o in view.offers):
                return []
            self.tariff = Tariff.of(view)
            self.base = self.tariff.price(self.tariff.start)
            self.scale = _first_belief(self.base, self.tariff.cost)
        elif turn:
            self._look(view, turn)
        prices = self._probe(view, turn) if turn % CYCLE >= REPLIES else self.base
        return self._ask(view, prices)

    def _look(self, view: OperatorView, turn: int) -> None:
        """Learn from the last turn's price."""
        seen = self._seen(view)
        place = turn % CYCLE
        if place > REPLIES or place == 0:
            self._probes.append(seen)
        if place == 0:
            self._measure(turn)
        elif place <= REPLIES:
            if place == 1:
                self._all, self._none = 0.0, _DEAREST_FEN
            self.base = self._reply(seen)

    def _seen(self, view: OperatorView) -> Probe:
        tariff = self._known()
        own = float(view.own.lines[-1])
        everybody = own + sum(rival.lines for rival in view.rivals)
        prices = {o.name: o.price_fen for o in view.offers}
        return Probe(tariff.price(prices), own / view.scale, everybody / view.scale)

    def _measure(self, turn: int) -> None:
        """Slope of log odds over the probes: least squares; the later half of rounds counts."""
        mean = sum(p.price for p in self._probes) / len(self._probes)
        spread = sum((p.price - mean) ** 2 for p in self._probes)
        if spread > 0:
            slope = sum((mean - p.price) * p.log_odds for p in self._probes) / spread
            noise = sum(p.variance for p in self._probes) / len(self._probes)
            odds = [p.log_odds for p in self._probes]
            if max(odds) - min(odds) > _SWING:
                self.slopes = []
            self.slopes.append(Slope(slope, spread / noise, self._wide(turn - 1)))
        self._probes = []
        if not self.slopes:
            return
        slope, error = pooled(self.slopes[len(self.slopes) // 2 :])
        if slope > _SURE * error:
            self.scale = 1.0 / slope
        elif slope + _SURE * error > 0:  # unsure; but not of scales at which it would have shown
            self.scale = max(self.scale, 1.0 / (slope + _SURE * error))

    def _reply(self, seen: Probe) -> float:
        """The best price against what rivals ask, as far as last turn's sales tell."""
        cost, price = self._known().cost, seen.price
        self._noise = math.sqrt(seen.variance)
        if seen.sold < 1.0:
            return self._without_sales(price)
        self._dry = 0
        if seen.market - seen.sold < 1.0:  # everybody buys
            self._all = max(self._all, price)
            reply = cost + 2.0 * max(price - cost, self.scale)
            reply = min(reply, 0.5 * (price + self._none))
        else:
            reply = best_price(seen.log_odds, price, cost, self.scale)
        change = self.settings.most_change * price
        return max(price - change, min(price + change, reply))

    def _without_sales(self, price: float) -> float:
        """Nobody buys: half the margin, and half again; if in vain, the price it began with."""
        tariff = self._known()
        start = tariff.price(tariff.start)
        self._none = min(self._none, price)
        if 0.0 < self._all < price:
            return 0.5 * (self._all + price)
        self._dry += 1
        if self._dry <= _PATIENCE:
            return price
        if self._dry > _PATIENCE + _HALVINGS:
            self.scale = _first_belief(start, tariff.cost)
            return start
        margin = 0.5 * max(price - tariff.cost, 2.0)
        self.scale = min(self.scale, margin)
        return tariff.cost + margin

    def _probe(self, view: OperatorView, turn: int) -> float:
        """The price of a probe: a step up or down, by a plan of one's own among all operators."""
        names = sorted([view.name, *(rival.name for rival in view.rivals)])
        code = _CODES[names.index(view.name) % len(_CODES)]
        run = turn % CYCLE - REPLIES
        up = (run & code).bit_count() % 2 == 1
        if run == 0:
            self._set_step()
        step = 2.0 * self._step if self._wide(turn) else self._step
        return self.base + step if up else self.base - step

    @staticmethod
    def _wide(turn: int) -> bool:
        """Whether steps are long in this round: every other one, the same for everybody."""
        return turn // CYCLE % 2 == 1

    def _set_step(self) -> None:
        """The step for a round; as before, if that will do.

        Steps that followed every estimate would make rounds after a flat one weigh more, and so the
        mean of all rounds too steep.
        """
        surer = min(_LONGEST, _NOISE * self._noise)
        step = self.scale * max(self.settings.probe, surer)
        if not self._step / _STEADY <= step <= self._step * _STEADY:
            self._step = step

    def _ask(self, view: OperatorView, price: float) -> list[Action]:
        quantity = self._known().at(min(price, _DEAREST_FEN))
        posted = {o.name: o.price_fen for o in view.offers if o.on_sale}
        actions: list[Action] = []
        for name, prices in quantity.items():
            new = dict(zip(view.regions, prices, strict=True))
            if name in posted and prices != posted[name]:
                actions += reprice(view, name, new)
        return actions

    def _known(self) -> Tariff:
        assert self.tariff is not None
        return self.tariff


def best_price(log_odds: float, price: float, cost: float, scale: float) -> float:
    """The price that pays best under logit demand of which one point and the scale are known.

    Args:
        log_odds: log of buyers over others at `price`.
        price: price at which that was seen.
        cost: marginal cost, in the same unit.
        scale: scale of the taste shock, in the same unit, above 0.
    """
    return cost + scale * (1.0 + float(wrightomega(log_odds + (price - cost) / scale - 1.0)))


def _first_belief(price: float, cost: float) -> float:
    """Scale of demand before any is measured: the margin, if there is one."""
    return price - cost if price > cost else 0.05 * price


def pooled(slopes: Sequence[Slope]) -> tuple[float, float]:
    """The slope at a step of length zero, from rounds with short and long steps; standard error.

    Where demand bends, the slope between two prices is not the slope at the one in the middle, and
    the difference grows with the square of the step: (4·short - long) / 3 is free of it (Richardson
    1911). Where it does not, the mean of all rounds is surer. How far one goes from the one to the
    other is told by how much short and long differ beyond chance (James & Stein 1961).
    """
    groups = [[s for s in slopes if s.wide is wide] for wide in (False, True)]
    precision = [sum(s.precision for s in group) for group in groups]
    whole = sum(precision)
    if whole <= 0:
        return 0.0, math.inf
    flat = sum(s.slope * s.precision for s in slopes) / whole
    error = math.sqrt(1.0 / whole)
    if min(precision) <= 0:
        return flat, error
    short, long = (
        sum(s.slope * s.precision for s in group) / p
        for group, p in zip(groups, precision, strict=True)
    )
    chance = 1.0 / precision[0] + 1.0 / precision[1]
    bends = max(0.0, 1.0 - chance / max((short - long) ** 2, 1e-300))
    return flat + bends * ((4.0 * short - long) / 3.0 - flat), error


def is_reply(month: int, wait_months: int = 1) -> bool:
    """Whether prices are replies in this month of the play, and have been for a turn at least."""
    return 0 < month // wait_months % CYCLE < REPLIES
