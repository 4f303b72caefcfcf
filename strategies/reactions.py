"""How an operator answers rivals' prices, on top of whatever it plays otherwise.

A reaction knows which price its own strategy intends for each offer and lowers it while a rival
undercuts it; when the rival goes back up, so does the price. To *undercut* is to have moved: to be
cheaper than the intended price after a deeper cut than our own. Answers never go below the cost to
serve.
"""

from typing import Annotated, Literal

from pydantic import Field

from agents.actions import Action, Reprice
from agents.observation import OfferView, OperatorView, Strategy
from sim.money import round_fen
from sim.schema import Settings
from strategies.monitoring import moved, twin_regions
from strategies.toolkit import floor_fen, reprice

RATIO_TOLERANCE = 0.005
"""Half a percent: prices are whole fen, equal cuts differ by rounding."""
RECENT_MONTHS = 3
BASELINE_MONTHS = 12


class ReactionSettings(Settings):
    """The `reaction` keys that any strategy takes."""

    reaction: Literal["none", "match", "escalate", "profit_rule"] = "none"
    """`match`: down to a price that undercuts us, never below it; `escalate`: a step below it;
    `profit_rule`: match, but only if the own estimate says it pays."""
    reaction_step: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """`escalate`: by which share of the other's price it is undercut."""
    reaction_horizon_months: Annotated[int, Field(ge=1, le=60)] = 12
    """`profit_rule`: months over which loss and revenue given away are compared."""
    reaction_stops_share: Annotated[float, Field(ge=0, le=1)] = 0.7
    """`profit_rule`: share of the lines being lost that an answer is believed to keep."""


class Reacting:
    """A strategy with a reaction on top."""

    def __init__(self, base: Strategy, settings: ReactionSettings) -> None:
        self.base = base
        self.settings = settings
        self.intended: dict[str, list[int]] = {}
        """Price by region that the base strategy wants, by offer."""
        self.asked: dict[str, list[int]] = {}
        """Price by region last asked for, by offer."""

    def act(self, view: OperatorView) -> list[Action]:
        """The base strategy's actions, then the answers to rivals."""
        for mine in view.offers:
            self.intended.setdefault(mine.name, list(mine.price_fen))
            self.asked.setdefault(mine.name, list(mine.price_fen))
        actions = self.base.act(view)
        for action in actions:
            if isinstance(action, Reprice):
                self._note(action, view)
        twins = twin_regions(view)
        answers = {
            mine.name: self._answer(view, mine, twins) for mine in view.offers if mine.on_sale
        }
        if self.settings.reaction == "profit_rule" and not self._pays(view, answers):
            answers = {
                name: [max(a, b) for a, b in zip(wanted, self.asked[name], strict=True)]
                for name, wanted in answers.items()
            }
        for name, wanted in answers.items():
            new = {
                view.regions[r]: price
                for r, price in enumerate(wanted)
                if price != self.asked[name][r]
            }
            actions.extend(reprice(view, name, new, f"reaction: {self.settings.reaction}"))
            self.asked[name] = wanted
        return actions

    def _note(self, action: Reprice, view: OperatorView) -> None:
        if action.offer not in self.intended:
            return
        for r, region in enumerate(view.regions):
            if not action.regions or region in action.regions:
                self.intended[action.offer][r] = action.price_fen
                self.asked[action.offer][r] = action.price_fen

    def _answer(self, view: OperatorView, mine: OfferView, twins: list[int]) -> list[int]:
        """The price wanted in each region, given what rivals charge there."""
        floor = floor_fen(mine.offer, view)
        start = next((o.price_fen for o in view.offers_before if o.name == mine.name), None)
        found: dict[tuple[int, int, int], int] = {}
        wanted: list[int] = []
        for r, price in enumerate(self.intended[mine.name]):
            usual = max(price, start[r]) if start else price
            case = (twins[r], price, usual)
            if case not in found:
                attacks = moved(view, mine.offer, twins[r], price / max(1, usual) - RATIO_TOLERANCE)
                answers = [self._price_against(*attack, price, usual) for attack in attacks]
                found[case] = min(price, max(floor, min(answers, default=price)))
            wanted.append(found[case])
        return wanted

    def _price_against(self, theirs: int, ratio: float, price: int, usual: int) -> int:
        """The answer to one rival's offer, which costs `ratio` of what it used to.

        A match does not go deeper than the rival did: who used to be dearer stays dearer. So two
        who match, each by its own measure, do not drive each other down.
        """
        if theirs >= price:
            return price
        if self.settings.reaction == "escalate":
            return round_fen(theirs * (1.0 - self.settings.reaction_step))
        return max(theirs, round_fen(usual * ratio))

    def _pays(self, view: OperatorView, answers: dict[str, list[int]]) -> bool:
        """Whether keeping lines is worth more than the revenue given away on the whole base."""
        horizon = self.settings.reaction_horizon_months
        margin = view.arpu_fen() / (1.0 + view.vat_rate) - view.costs.line_fen if view.month else 0
        kept = self.settings.reaction_stops_share * lines_lost_monthly(view)
        saved_line_months = kept * horizon * (horizon + 1) / 2
        given = sum(
            given_away_fen(view, mine, answers[mine.name], self.asked[mine.name])
            for mine in view.offers
            if mine.name in answers
        )
        return saved_line_months * margin > horizon * given > 0


def lines_lost_monthly(view: OperatorView) -> float:
    """Lines lost a month, net of those won, beyond what was usual before the experiment began."""
    net = view.own.churned_lines - view.own.gross_adds
    before, since = net[: len(net) - view.month], net[len(net) - view.month :]
    if not len(before) or not len(since):
        return 0.0
    return float(since[-RECENT_MONTHS:].mean() - before[-BASELINE_MONTHS:].mean())


def given_away_fen(
    view: OperatorView, mine: OfferView, wanted: list[int], asked: list[int]
) -> float:
    """Monthly revenue, net of tax, that new prices give away on those who pay the old ones."""
    weights = view.own.lines_by_region
    total = float(weights.sum()) if len(weights) else 0.0
    payers = mine.lines if mine.offer.extra_line_yuan is None else mine.accounts
    drop = sum(
        max(0, old - new) * (float(weights[r]) / total if total else 1.0 / len(asked))
        for r, (new, old) in enumerate(zip(wanted, asked, strict=True))
    )
    return payers * drop / (1.0 + view.vat_rate)
