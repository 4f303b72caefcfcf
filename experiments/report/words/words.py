"""Read this first: the words of one report, in its language, for its question.

Sentences stand in the catalogue (`front.py`, `annex.py`, …), each in all languages side by side;
names of things come from the configuration, numbers from `numbers.py`.
"""

from collections.abc import Sequence

from experiments.analysis.answer import QuestionLabels, Title
from experiments.measures.counterfactuals import UpliftGroup
from experiments.measures.indicators import Dimension, Kpi
from experiments.report.words import catalogue
from experiments.report.words.numbers import Numbers
from experiments.report.words.pairs import Code


class Words:
    """Says things: `words("key", name=value)` is a sentence of the catalogue.

    Args:
        labels: what the things of the question are called.
        code: language of the report.
    """

    def __init__(self, labels: QuestionLabels, code: Code = "en") -> None:
        self.labels = labels
        self.code: Code = code
        self.numbers = Numbers(code, labels.currency)

    def __call__(self, key: str, **values: object) -> str:
        """A sentence of the catalogue, its placeholders filled. Raises `KeyError`."""
        return self._pick(*catalogue.TEXTS[key]).format(**values)

    def counted(self, key: str, n: int) -> str:
        """A number of things: `1 month`, `36 months`."""
        text = self._pick(*catalogue.COUNTED[key])
        one, _, many = text.partition("|")
        return (one if n == 1 or not many else many).format(n=f"{n:,}")

    def listed(self, items: Sequence[str], last: str = "and") -> str:
        """`a, b and c`; `last` is `and` or `or`."""
        if self.code == "zh":
            return (
                "、".join(items[:-1]) + ("或" if last == "or" else "和") + items[-1]
                if len(items) > 1
                else "".join(items)
            )
        return f" {last} ".join(filter(None, (", ".join(items[:-1]), items[-1] if items else "")))

    def continued(self, sentence: str, more: Sequence[str]) -> str:
        """A sentence with further clauses before its full stop."""
        stop, joint = ("。", "；") if self.code == "zh" else (".", "; ")
        return joint.join([sentence.removesuffix(stop), *more]) + stop

    def sentence(self, text: str) -> str:
        """A text with a capital first letter."""
        return text[:1].upper() + text[1:]

    def arm(self, name: str) -> str:
        """What one of the options is called."""
        return self._label(self.labels.titles.arms.get(name), name)

    def arm_description(self, name: str) -> str:
        """What an option does, in one line."""
        return self._description(
            self.labels.titles.arms.get(name), self.labels.arms.get(name, self.arm(name))
        )

    def operator(self, name: str) -> str:
        """What an operator is called."""
        return self._label(self.labels.titles.operators.get(name), self.labels.operator_label(name))

    def actor(self, name: str) -> str:
        """An operator or a partner."""
        return self._label(self.labels.titles.partners.get(name), "") or self.operator(name)

    def market(self) -> str:
        """What the market is called."""
        return self._label(self.labels.titles.market, self.labels.market_label)

    def rival(self, name: str) -> str:
        """What a rival plays, in one phrase."""
        return self._description(self.labels.titles.rivals.get(name), self.labels.rivals[name])

    def thing(self, name: str) -> str:
        """A plan, region or channel; a plan may come as `operator/plan`."""
        key = name.rpartition("/")[2]
        return self._label(self.labels.titles.others.get(key), key)

    def segment(self, name: str) -> str:
        """A customer segment; `all` is all of them."""
        pair = catalogue.SEGMENTS.get(name)
        return plain_words(name) if pair is None else self._pick(*pair)

    def country(self, name: str) -> str:
        """Where something was published."""
        pair = catalogue.COUNTRIES.get(name)
        return name if pair is None else self._pick(*pair)

    def group(self, group: UpliftGroup) -> str:
        """What became of people, in plain words."""
        return self._pick(*catalogue.GROUPS[group])

    def parameter(self, path: str) -> str:
        """What a world assumes, by the path of what was drawn."""
        return catalogue.parameter(path, self)

    def action(self, name: str) -> str:
        """What somebody does, by the name that the log gives it."""
        pair = catalogue.TEXTS.get(f"move.{name}")
        return plain_words(name) if pair is None else self._pick(*pair)

    def kpi(self, kpi: Kpi) -> str:
        """What an indicator is called."""
        return self._pick(kpi.label, kpi.label_zh)

    def dimension(self, dimension: Dimension) -> str:
        """One of the four sides from which an option is judged."""
        return self._pick(f"{dimension.name} {dimension.label_zh}", dimension.label_zh)

    def _pick(self, en: str, zh: str) -> str:
        return zh if self.code == "zh" and zh else en

    def _label(self, title: Title | None, otherwise: str) -> str:
        if title is None or not title.label:
            return plain_words(otherwise)
        return self._pick(title.label, title.label_zh)

    def _description(self, title: Title | None, otherwise: str) -> str:
        if title is None or not title.description:
            return otherwise
        return self._pick(title.description, title.description_zh)


def plain_words(name: str) -> str:
    """A key of the configuration as words."""
    return name.replace("_", " ")
