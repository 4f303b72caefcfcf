"""What a pilot decides, how likely it is to be right, and what knowing its result is worth.

A pilot shows the early effect plus the estimator's error; given that, the roll-out is worth what
linear regression over worlds says, shrunken by the error. The break-even is where that is zero.

With a handful of worlds a rule looks better on those it was made from than it is. So every figure
here is cross-validated: each world is decided by the rule that the others give, with all errors of
the estimator (Stone 1974), and so is deciding without a pilot. What is stated then holds on fresh
worlds on average, whatever their distribution; a test draws some and looks.

Money. The pilot begins at the decision, as a launch now would; it runs in its regions until it is
read. Going on then brings its regions the whole of the gain and all others a launch that comes as
much later as the pilot and its reading last, within the same horizon: what is to be made ready for
a launch is ready by then. Who waits without a pilot has that still before him. Rivals have seen the
offer by then: what a launch gains until the first of them answers and not afterwards is not gained
at the roll-out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.measures import Floats

_AFTER_ANSWER = 6
"""Months after a rival's answer that show what is left of the gain."""


@dataclass(frozen=True)
class PilotCosts:
    """What a pilot costs beside what it earns or gives away."""

    per_region_yuan: float = 1_000_000.0
    """Setting up, training and measuring in one region (assumption)."""
    reading_months: int = 1
    """From its last month until the figures are there and it is decided (assumption)."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """Money by world if the pilot is read after so many months; `[world]`, yuan in month 0."""

    now: Floats
    """A launch everywhere now."""
    later: Floats
    """A launch everywhere decided when the pilot would be read, with nothing made ready."""
    trial: Floats
    """The pilot itself, until it is read."""
    on: Floats
    """What going on brings beyond stopping."""
    delay: Floats
    """What the roll-out loses by coming later."""
    learnt: Floats
    """What it loses because rivals know the offer."""


def outlook(effects: Effects, share: float, read_after: int) -> Outlook:
    """Money by world of a pilot with a share of own lines, read so many months from now."""
    discount = (1.0 + effects.rate) ** -np.arange(effects.horizon)
    gains = effects.gains * discount
    now, later = gains.sum(axis=1), _shifted(effects, read_after)
    rolled = _shifted(effects, max(read_after - effects.launch, 0))
    trial = share * gains[:, :read_after].sum(axis=1)
    learnt = (1.0 - share) * _head_start(effects) * (1.0 + effects.rate) ** -float(read_after)
    rest = share * now - trial
    return Outlook(
        now=now,
        later=later,
        trial=trial,
        on=rest + (1.0 - share) * rolled - learnt,
        delay=(1.0 - share) * (now - rolled),
        learnt=learnt,
    )


def _shifted(effects: Effects, by: int) -> Floats:
    """What everything brings that comes so many months later, within the horizon; `[world]`."""
    left = max(effects.horizon - by, 0)
    return effects.gains[:, :left] @ (1.0 + effects.rate) ** -(np.arange(left) + float(by))


def _head_start(effects: Effects) -> Floats:
    """What a launch gains before the first rival's answer beyond the level after it; `[world]`."""
    found = np.zeros(len(effects.worlds))
    for world, months in enumerate(effects.answered):
        if np.isnan(months):
            continue
        first, answer = effects.launch, effects.launch + round(months)
        after = effects.gains[world, answer : answer + _AFTER_ANSWER]
        if len(after):
            before = effects.gains[world, first:answer]
            found[world] = np.maximum(before - after.mean(), 0.0).sum()
    return found


@dataclass(frozen=True)
class Threshold:
    """From which estimate on the roll-out is worth more than stopping."""

    break_even: float
    """Relative effect in the registered window; infinite where no estimate changes the decision."""
    above: bool
    """Whether larger estimates speak for going on."""
    worth_mean: float
    """Expected gain of going on before anything is seen, yuan."""

    def goes(self, estimates: Floats) -> NDArray[np.bool_]:
        """Whether each estimate speaks for going on."""
        if not np.isfinite(self.break_even):
            return np.full(estimates.shape, self.worth_mean > 0)
        return (estimates >= self.break_even) == self.above


def threshold(early: Floats, worth: Floats, error: float) -> Threshold:
    """The break-even of an estimate.

    Args:
        early: effect in the window, `[world]`.
        worth: what going on brings beyond stopping, `[world]`.
        error: standard deviation of the estimator.
    """
    apart = early - early.mean()
    spread = float(apart @ apart) / (len(early) - 1)
    together = float(apart @ (worth - worth.mean())) / (len(early) - 1)
    mean = float(worth.mean())
    if not together:
        return Threshold(np.inf, above=True, worth_mean=mean)
    slope = together / (spread + error**2)
    return Threshold(float(early.mean()) - mean / slope, above=slope > 0, worth_mean=mean)


@dataclass(frozen=True)
class Mistake:
    """One way in which a pilot misleads."""

    probability: float
    yuan: float
    """Expected loss: its probability times what it costs."""


@dataclass(frozen=True)
class Verdict:
    """What a pilot of one design is worth."""

    go: Threshold
    extended: Threshold | None
    """After the extension; `None`: it is decided at once."""
    within: float
    """Estimates so near the break-even are not decided but extended."""
    probability_right: float
    false_go: Mistake
    false_stop: Mistake
    probability_extended: float
    spend_yuan: float
    given_away_yuan: float
    """What the pilot regions lose until it is read; nothing if they gain."""
    delay_yuan: float
    learnt_yuan: float
    pilot_yuan: float
    """Expected money if the pilot is held and its rule followed."""
    now_yuan: float
    """Expected money of deciding now between launching everywhere and leaving it."""
    wait_yuan: float
    """The same decided as late as the pilot, with nothing learnt."""
    goes_now: bool
    """Whether, decided now, the option is launched everywhere."""
    value_by_world: tuple[float, ...]
    """`value_yuan`, world by world."""

    @property
    def cost_yuan(self) -> float:
        """Spend, what is given away, what the delay and the rivals' knowledge cost."""
        return self.spend_yuan + self.given_away_yuan + self.delay_yuan + self.learnt_yuan

    @property
    def value_yuan(self) -> float:
        """What the pilot is worth beyond the better of deciding now and waiting."""
        return self.pilot_yuan - max(self.now_yuan, self.wait_yuan)


@dataclass(frozen=True, eq=False)
class Reading:
    """A pilot as it is read at one time."""

    early: Floats
    """Effect in the window, `[world]`."""
    errors: Floats
    """What the estimator says without an effect, `[pilot]`."""
    money: Outlook

    def threshold(self, others: NDArray[np.bool_] | slice = slice(None)) -> Threshold:
        """Its break-even, by all worlds or some."""
        return threshold(self.early[others], self.money.on[others], float(self.errors.std()))


@dataclass(frozen=True, eq=False)
class _Played:
    """Every world decided by the rule of the others, with every error; `[world, pilot]`."""

    goes: NDArray[np.bool_]
    close: NDArray[np.bool_]
    """Whether it was extended first."""
    on: Floats
    trial: Floats
    delay: Floats
    learnt: Floats


def judge(first: Reading, second: Reading | None, spend_yuan: float, within: float) -> Verdict:
    """What a pilot is worth that is decided at its first reading, or if that is close, the second.

    Args:
        first: at the end of the pilot.
        second: at the end of its extension; `None`: there is none.
        spend_yuan: what holding it costs.
        within: estimates so many standard errors from the break-even are extended.
    """
    margin = within * float(first.errors.std()) if second is not None else 0.0
    played = _played(first, second, margin)
    goes, on = played.goes, played.on
    false_go, false_stop = goes & (on < 0), ~goes & (on > 0)
    last = second if second is not None else first
    now, wait = _unseen(first.money.now), _unseen(last.money.later)
    pilot = (played.trial + goes * on).mean(axis=1) - spend_yuan
    without = now if now.mean() >= wait.mean() else wait
    return Verdict(
        go=first.threshold(),
        extended=None if second is None else second.threshold(),
        within=margin,
        probability_right=float(1.0 - (false_go | false_stop).mean()),
        false_go=Mistake(float(false_go.mean()), float(-(on * false_go).mean())),
        false_stop=Mistake(float(false_stop.mean()), float((on * false_stop).mean())),
        probability_extended=float(played.close.mean()),
        spend_yuan=spend_yuan,
        given_away_yuan=max(0.0, -float(played.trial.mean())),
        delay_yuan=max(0.0, float((played.delay * goes).mean())),
        learnt_yuan=max(0.0, float((played.learnt * goes).mean())),
        pilot_yuan=float(pilot.mean()),
        now_yuan=float(now.mean()),
        wait_yuan=float(wait.mean()),
        goes_now=bool(first.money.now.mean() > 0),
        value_by_world=tuple(map(float, pilot - without)),
    )


def _unseen(gains: Floats) -> Floats:
    """What deciding without a pilot brings: every world decided by the mean of the others."""
    others = (gains.sum() - gains) / (len(gains) - 1)
    return gains * (others > 0)


def optimism(values: Floats) -> float:
    """How much too good the best of several designs looks, because it is the best; yuan.

    Each world is left out in turn, the best design chosen by the others, and its value taken in the
    one left out (nested cross-validation, Varma & Simon 2006).

    Args:
        values: of every design in every world, `[design, world]`.
    """
    worlds = values.shape[1]
    others = values.sum(axis=1, keepdims=True) - values
    chosen = others.argmax(axis=0)
    left_out = values[chosen, np.arange(worlds)].mean()
    return max(0.0, float(values.mean(axis=1).max() - left_out))


def _played(first: Reading, second: Reading | None, margin: float) -> _Played:
    worlds, pilots = len(first.early), len(first.errors)
    goes = np.zeros((worlds, pilots), dtype=bool)
    close = np.zeros((worlds, pilots), dtype=bool)
    for world in range(worlds):
        others = np.arange(worlds) != world
        rule = first.threshold(others)
        seen = first.early[world] + first.errors
        goes[world] = rule.goes(seen)
        if second is not None:
            close[world] = np.abs(seen - rule.break_even) < margin
            again = second.threshold(others).goes(second.early[world] + second.errors)
            goes[world] = np.where(close[world], again, goes[world])
    money = [
        np.where(close, late[:, None], now[:, None])
        for now, late in zip(_flows(first), _flows(second or first), strict=True)
    ]
    return _Played(goes, close, *money)


def _flows(reading: Reading) -> tuple[Floats, Floats, Floats, Floats]:
    money = reading.money
    return money.on, money.trial, money.delay, money.learnt
