"""What a pilot decides, how likely it is to be right, and what knowing its result is worth.

Worlds are taken as draws from a normal distribution of the early effect and of all money, of which
only these few were seen: what a further world holds follows Student's t (Gelman et al. 2013, sec.
3.6, with Jeffreys' prior). A pilot shows the early effect plus the estimator's error; the roll-out
is worth, given that, what linear regression says. The break-even is where that is zero.

Money. The pilot begins at the decision, as a launch now would; it runs in its regions until it is
read. Going on then brings its regions the whole of the gain and all others a launch that comes so
much later, within the same horizon. Rivals have seen the offer by then: what a launch gains until
the first of them answers and not afterwards is not gained at the roll-out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.measures import Floats

DRAWS = 4_000
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
    """A launch everywhere when the pilot would be read."""
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
    months = np.arange(effects.horizon)
    discount = (1.0 + effects.rate) ** -months
    gains = effects.gains * discount
    late = max(effects.horizon - read_after, 0)
    shifted = effects.gains[:, :late] * (1.0 + effects.rate) ** -(months[:late] + read_after)
    now, later = gains.sum(axis=1), shifted.sum(axis=1)
    trial = share * gains[:, :read_after].sum(axis=1)
    learnt = (1.0 - share) * _head_start(effects) * (1.0 + effects.rate) ** -float(read_after)
    rest = share * now - trial
    return Outlook(
        now=now,
        later=later,
        trial=trial,
        on=rest + (1.0 - share) * later - learnt,
        delay=(1.0 - share) * (now - later),
        learnt=learnt,
    )


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
    n = len(early)
    apart = early - early.mean()
    wider = (1.0 + 1.0 / n) / (n - 4)
    slope = float(apart @ (worth - worth.mean())) * wider
    slope /= float(apart @ apart) * wider + error**2
    mean = float(worth.mean())
    if not slope:
        return Threshold(np.inf, above=True, worth_mean=mean)
    return Threshold(float(early.mean()) - mean / slope, above=slope > 0, worth_mean=mean)


@dataclass(frozen=True, eq=False)
class Futures:
    """Worlds that might be, as mixtures of those that were lived."""

    mixing: Floats
    """`[draw, world]`."""
    errors: NDArray[np.int64]
    """Which pilot without an effect lends each its error, `[draw]`."""

    @classmethod
    def of(cls, worlds: int, pilots: int, seed: int, draws: int = DRAWS) -> "Futures":
        """Draws for so many worlds and pilots."""
        rng = np.random.default_rng([seed, 3])
        freedom = worlds - 2
        scale = np.sqrt((1.0 + 1.0 / worlds) / rng.chisquare(freedom, draws))
        mixing = rng.standard_normal((draws, worlds)) * scale[:, None]
        return cls(mixing, rng.integers(0, pilots, draws))

    def __call__(self, by_world: Floats) -> Floats:
        """A quantity in every future; all quantities of one future go together."""
        return by_world.mean() + self.mixing @ (by_world - by_world.mean())


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
    """Expected money of launching everywhere now, or never if that is better."""
    wait_yuan: float
    """The same decided as late as the pilot, with nothing learnt."""

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

    def threshold(self) -> Threshold:
        """Its break-even."""
        return threshold(self.early, self.money.on, float(self.errors.std()))


def judge(
    first: Reading, second: Reading | None, futures: Futures, spend_yuan: float, within: float
) -> Verdict:
    """What a pilot is worth that is decided at its first reading, or if that is close, the second.

    Args:
        first: at the end of the pilot.
        second: at the end of its extension; `None`: there is none.
        futures: worlds that might be.
        spend_yuan: what holding it costs.
        within: estimates so many standard errors from the break-even are extended.
    """
    rule, early = first.threshold(), futures(first.early)
    seen = early + first.errors[futures.errors]
    margin = within * float(first.errors.std()) if second is not None else 0.0
    close = np.abs(seen - rule.break_even) < margin
    goes, on, trial = rule.goes(seen), futures(first.money.on), futures(first.money.trial)
    delay, learnt = futures(first.money.delay), futures(first.money.learnt)
    later = None
    if second is not None:
        later = second.threshold()
        again = later.goes(futures(second.early) + second.errors[futures.errors])
        goes = np.where(close, again, goes)
        on = np.where(close, futures(second.money.on), on)
        trial = np.where(close, futures(second.money.trial), trial)
        delay = np.where(close, futures(second.money.delay), delay)
        learnt = np.where(close, futures(second.money.learnt), learnt)
    # An inner mean is that of the worlds themselves: luck of the draws must not make a value.
    now = float(first.money.now.mean())
    last = second if second is not None else first
    waited = float(last.money.later.mean())
    paid = float((trial + goes * on).mean()) + now - float(futures(first.money.now).mean())
    false_go, false_stop = goes & (on < 0), ~goes & (on > 0)
    return Verdict(
        go=rule,
        extended=later,
        within=margin,
        probability_right=float(1.0 - (false_go | false_stop).mean()),
        false_go=Mistake(float(false_go.mean()), float(-(on * false_go).mean())),
        false_stop=Mistake(float(false_stop.mean()), float((on * false_stop).mean())),
        probability_extended=float(close.mean()),
        spend_yuan=spend_yuan,
        given_away_yuan=max(0.0, -float(trial.mean())),
        delay_yuan=max(0.0, float((delay * goes).mean())),
        learnt_yuan=max(0.0, float((learnt * goes).mean())),
        pilot_yuan=paid - spend_yuan,
        now_yuan=max(now, 0.0),
        wait_yuan=max(waited, 0.0),
    )
