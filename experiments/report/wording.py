"""The sentences of a report, made from findings that are numbers only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.ranking import significant
from experiments.analysis.recommendation import Recommendation
from experiments.analysis.regret import CommonCondition, Contrast
from experiments.analysis.reliability import GROSS_MISFIT, FailedArm
from experiments.analysis.summary import Summary
from experiments.report.words.numbers import number
from experiments.report.words.pairs import Code
from experiments.report.words.words import Words


def recommendation_sentences(summary: Summary, language: Code = "en") -> tuple[str, str]:
    """What to play and how far to trust that, in two sentences.

    The second also names what cannot be told from the best without being sure to pay, and whether
    the ranking depends on the horizon.
    """
    decision = _Decision(summary, Words(summary.labels, language))
    first, second = decision.sentences()
    more = [text for text in (decision.also(), decision.over_time()) if text]
    return first, decision.words.continued(second, more)


@dataclass(frozen=True)
class _Decision:
    """Says what a recommendation means."""

    summary: Summary
    words: Words

    @property
    def advice(self) -> Recommendation:
        return self.summary.recommendation

    @property
    def months(self) -> str:
        return self.words.counted("month", self.summary.labels.months)

    def sentences(self) -> tuple[str, str]:
        advice, words = self.advice, self.words
        if advice.arm is None:
            return self._none()
        if len(advice.ranking) == 1:
            return words("decision.failed"), words("decision.failed.so")
        if advice.bolder:
            return self._sure(advice.bolder)
        return self._hold(advice.ranking[1]) if advice.best == HOLD else self._best()

    def _best(self) -> tuple[str, str]:
        """The arm with the highest mean: whether to play it."""
        advice, words = self.advice, self.words
        best, second = advice.best, advice.ranking[1]
        gain = advice.difference_from_hold
        said = {
            "arm": words.arm(best),
            "months": self.months,
            "losses": self._losses(best),
            "worth": amount(gain, words),
        }
        if gain.n < 2:
            worth = words.numbers.money(gain.mean or 0.0)
            return words("decision.single", **said | {"worth": worth}), words("decision.single.so")
        if HOLD in advice.contenders:
            others = advice.comparisons
            luck = ".luck" if significant(gain) and others > 1 else ""
            undecided = words(f"decision.undecided{luck}", **said, n=others)
            return undecided, words("decision.undecided.so", **said)
        alike = self._alike()
        if alike:
            others = words.listed([self._quoted(arm) for arm in alike], "or")
            losses = words.listed([self._loses(arm) for arm in (best, *alike)])
            return (
                words("decision.alike", **said, others=others),
                words("decision.alike.losses", losses=losses),
            )
        if second == HOLD:
            return words("decision.play", **said), words("decision.play.alone", **said)
        ahead = amount(advice.lead[second], words)
        return (
            words("decision.play", **said),
            words(
                "decision.play.chance" if second in advice.contenders else "decision.play.lead",
                **said,
                second=words.arm(second),
                ahead=ahead,
                n=advice.comparisons,
            ),
        )

    def also(self) -> str:
        """Options that cannot be told from the best on average, nor surely from holding."""
        advice, words = self.advice, self.words
        others = [
            arm
            for arm in advice.contenders
            if arm not in (HOLD, advice.bolder) and not self._pays(arm)
        ]
        if advice.arm is None or not others or advice.best == HOLD:
            return ""
        names = words.listed([self._quoted(arm) for arm in others])
        key = "decision.nor" if HOLD in advice.contenders else "decision.unsure"
        return words(key, others=names, arm=words.arm(advice.best))

    def over_time(self) -> str:
        """Where another option than the recommended one leads; empty if nowhere."""
        horizons, words = self.summary.horizons, self.words
        if horizons is None or not horizons.changes or self.advice.arm is None:
            return ""
        phrases = [
            words(
                "decision.leads.lifetime" if change.lifetime else "decision.leads",
                months=words.counted("month", change.months), arm=words.arm(change.leader),
            )
            for change in horizons.changes
        ]  # fmt: skip
        return words("decision.horizon", leads=words.listed(phrases))

    def _pays(self, arm: str) -> bool:
        """Whether it is surely better than holding."""
        return significant(self.advice.versus_hold[arm], self.advice.comparisons)

    def _none(self) -> tuple[str, str]:
        labels, words = self.summary.labels, self.words
        return (
            words("decision.none", reason=misfit_reason(self.summary, words)),
            words(
                "decision.none.so", subscribers=f"{labels.subscribers:,}", market=labels.market
            ),
        )  # fmt: skip

    def _hold(self, second: str) -> tuple[str, str]:
        words, worse = self.words, self.advice.lead[second]
        others = len(self.advice.ranking) - 1
        none = words("decision.hold.one") if others == 1 else words("decision.hold.all", n=others)
        said = {"arm": words.arm(second), "losses": self._losses(second)}
        return (
            words("decision.hold", none=none, months=self.months),
            words("decision.hold.less", amount=amount(worse, words), **said)
            if significant(worse)
            else words("decision.hold.equal", **said),
        )

    def _sure(self, bolder: str) -> tuple[str, str]:
        """Two sentences for a sure gain beside a larger one that may be none."""
        advice, words, best = self.advice, self.words, self.advice.best
        others = [arm for arm in self._alike() if arm != bolder]
        names = words.listed([self._quoted(arm) for arm in others])
        return (
            words(
                "decision.sure", arm=words.arm(best), months=self.months,
                worth=amount(advice.versus_hold[best], words), losses=self._losses(best),
                alike=words("decision.sure.alike", others=names) if others else "",
            ),
            words(
                "decision.bolder", arm=words.sentence(words.arm(bolder)),
                amount=amount(advice.versus_hold[bolder], words), losses=self._losses(bolder),
            ),
        )  # fmt: skip

    def _alike(self) -> list[str]:
        """Every option that pays for sure and cannot be told from the best."""
        return [arm for arm in self.advice.contenders if arm != HOLD and self._pays(arm)]

    def _losses(self, arm: str) -> str:
        losses, words = self.advice.losses[arm], self.words
        key = "decision.losses" if losses.losing or losses.worlds < 2 else "decision.losses.none"
        said = words(key, n=losses.losing, of=losses.worlds)
        if losses.losing or losses.worlds < 2:
            return said
        return words(
            "decision.losses.few", losses=said, share=words.numbers.percent(losses.at_most)
        )

    def _loses(self, arm: str) -> str:
        return self.words("decision.loses", arm=self.words.arm(arm), losses=self._losses(arm))

    def _quoted(self, arm: str) -> str:
        return f"“{self.words.arm(arm)}”" if self.words.code == "zh" else self.words.arm(arm)


def misfit_reason(summary: Summary, words: Words) -> str:
    """Why nothing is recommended; empty if something is."""
    if summary.recommendation.arm is not None:
        return ""
    return words(
        "decision.misfit", factor=_factor(summary.run.misfit), allowed=_factor(GROSS_MISFIT)
    )


def _factor(log_difference: float) -> str:
    return f"{math.exp(min(log_difference, 50.0)):.3g}"


def failure_sentence(arm: FailedArm, words: Words) -> str:
    """What became of an arm that failed, without its name."""
    count = words("failed.count", n=arm.failed, of=arm.runs)
    if not arm.comparable:
        return words("failed.not_compared", count=count)
    worlds = words.counted("scenario", arm.compared_in)
    return words("failed.hold" if arm.arm == HOLD else "failed.arm", count=count, worlds=worlds)


def amount(span: Interval, words: Words) -> str:
    """`1.20 bn yuan (95 % interval 0.40 to 2.00)`."""
    mean, low, high = span.mean or 0.0, span.low or 0.0, span.high or 0.0
    if span.n < 2:
        return words("decision.one_run", amount=words.numbers.money(mean))
    return words.numbers.interval(mean, low, high)


def condition_sentence(shared: CommonCondition, words: Words, verb: str = "loses") -> str:
    """In how many worlds an arm `loses` (or `wins`), and what they have in common if anything."""
    count = words(f"condition.{verb}", n=shared.negative, of=shared.worlds)
    match shared.evidence:
        case "never" | "always":
            return count
        case "too_few":
            return words("condition.few", count=count)
        case "nothing":
            return words("condition.nothing", count=count, p=f"{shared.p_value:.2f}")
        case "found":
            pass
    name = words.parameter(shared.parameter)
    chance = "< 0.001" if shared.p_value < 0.001 else f"= {shared.p_value:.3f}"
    if not shared.splits_cleanly:
        way = "condition.low" if shared.correlation > 0 else "condition.high"
        return words(way, count=count, name=name, r=number(shared.correlation), p=chance)
    return words(
        "condition.split", count=count, name=name, side="≥" if shared.above else "<", p=chance,
        inside=shared.negative_inside, of_inside=shared.inside, threshold=f"{shared.threshold:.3g}",
        outside=shared.negative_outside, of_outside=shared.outside,
    )  # fmt: skip


def contrast_phrases(contrasts: Sequence[Contrast], words: Words) -> list[str]:
    """Each assumption in losing and in other worlds: `hassle 41 where it loses, 52 elsewhere`."""
    return [
        words(
            "condition.contrast", name=words.parameter(c.parameter), losing=f"{c.losing:.3g}",
            other=f"{c.other:.3g}", sd=number(c.standardised, signed=True),
        )
        for c in contrasts
    ]  # fmt: skip
