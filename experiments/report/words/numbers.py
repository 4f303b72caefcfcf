"""How numbers, money and people are written in each language."""

from collections.abc import Iterable
from dataclasses import dataclass

from experiments.measures.indicators import Kpi
from experiments.report.words.pairs import Code

MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"

_STEPS = {
    "en": ((9.5e8, 1e9, "bn"), (9.5e5, 1e6, "m"), (1e4, 1e3, "thousand")),
    "zh": ((9.5e7, 1e8, "亿"), (9.5e3, 1e4, "万")),
}
"""From which size on a number is divided by what, and the word for that."""
_CURRENCIES = {
    "CNY": ("yuan", "元"), "yuan": ("yuan", "元"), "EUR": ("EUR", "欧元"), "USD": ("USD", "美元"),
    "INR": ("INR", "卢比"), "GBP": ("GBP", "英镑"), "JPY": ("JPY", "日元"), "KRW": ("KRW", "韩元"),
}  # fmt: skip
_COUNTS = {"en": ("people", "lines"), "zh": ("人", "户")}


def number(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """A number with thousands separators and a real minus; `signed` shows the plus as well."""
    if value != value:  # noqa: PLR0124 - NaN
        return "–"
    text = f"{abs(value):,.{digits}f}"
    if not text.strip("0.,"):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


@dataclass(frozen=True)
class Scale:
    """One unit for a whole column or picture."""

    divisor: float
    unit: str
    """`bn yuan`, `亿元`; empty for a bare number."""
    digits: int
    """Decimals that suit the largest value."""

    def text(self, value: float, *, signed: bool = False) -> str:
        """A value in this unit, the unit left out."""
        return number(value / self.divisor, self.digits, signed=signed)


@dataclass(frozen=True)
class Numbers:
    """Formats of one language and currency."""

    code: Code
    currency: str
    """As the market names it, `CNY`."""

    @property
    def money_word(self) -> str:
        """The currency's name: `yuan`, `元`."""
        pair = _CURRENCIES.get(self.currency, (self.currency, self.currency))
        return pair[self.code == "zh"]

    def scale(self, values: Iterable[float], unit: str = "") -> Scale:
        """The one scale that makes the largest value readable, for counts of `unit`."""
        largest = max((abs(v) for v in values if v == v), default=0.0)  # noqa: PLR0124 - NaN
        steps = (step for step in _STEPS[self.code] if largest >= step[0])
        _, divisor, word = next(steps, (0.0, 1.0, ""))
        joint = "" if self.code == "zh" else " "
        return Scale(divisor, joint.join(filter(None, (word, unit))), _digits(largest / divisor))

    def money_scale(self, values: Iterable[float]) -> Scale:
        """The same for amounts of money."""
        return self.scale(values, self.money_word)

    def with_unit(self, value: float, scale: Scale, *, signed: bool = False) -> str:
        """A value and its unit: `3.21 bn yuan`, `32.1亿元`."""
        return self.joined(scale.text(value, signed=signed), scale.unit)

    def joined(self, amount: str, unit: str) -> str:
        """A number and its unit, as the language sets them."""
        return f"{amount}{'' if self.code == 'zh' else ' '}{unit}" if unit else amount

    def money(self, value: float, *, signed: bool = False) -> str:
        """An amount with the unit that suits it."""
        return self.with_unit(value, self.money_scale([value]), signed=signed)

    def count(self, value: float, *, signed: bool = False, unit: str = "") -> str:
        """People, lines or customers, rounded to what can be read."""
        scale = self.scale([value], unit)
        digits = 0 if scale.divisor == 1 else scale.digits
        return self.with_unit(value, Scale(scale.divisor, scale.unit, digits), signed=signed)

    @property
    def people_word(self) -> str:
        """The unit of people."""
        return _COUNTS[self.code][0]

    @property
    def lines_word(self) -> str:
        """The unit of lines."""
        return _COUNTS[self.code][1]

    def people(self, value: float, *, signed: bool = False) -> str:
        """A number of people."""
        return self.count(value, signed=signed, unit=self.people_word)

    def lines(self, value: float, *, signed: bool = False) -> str:
        """A number of lines."""
        return self.count(value, signed=signed, unit=self.lines_word)

    def span(self, low: str, high: str) -> str:
        """`−0.41 to 1.20`, `−0.41至1.20`."""
        return f"{low}至{high}" if self.code == "zh" else f"{low} to {high}"

    def scaled_span(self, low: float, high: float, scale: Scale) -> str:
        """Two values in one unit, the unit left out."""
        return self.span(scale.text(low), scale.text(high))

    def money_span(self, low: float, high: float) -> str:
        """Two amounts with their unit."""
        scale = self.money_scale([low, high])
        return self.joined(self.scaled_span(low, high, scale), scale.unit)

    def interval(self, mean: float, low: float, high: float) -> str:
        """`3.01 bn yuan (95 % interval 2.50 to 3.53)`."""
        scale = self.money_scale([mean, low, high])
        amount, ends = self.with_unit(mean, scale), self.scaled_span(low, high, scale)
        if self.code == "zh":
            return f"{amount}（95%置信区间{ends}）"
        return f"{amount} (95{NBSP}% interval {ends})"

    def percent(self, share: float, digits: int = 0, *, signed: bool = False) -> str:
        """A share of one in per cent."""
        gap = "" if self.code == "zh" else NBSP
        return f"{number(100 * share, digits, signed=signed)}{gap}%"

    def points(self, share: float, digits: int = 2) -> str:
        """A difference of shares in percentage points."""
        return self.joined(number(100 * share, digits, signed=True), self.points_word)

    @property
    def points_word(self) -> str:
        """The unit of a difference of shares."""
        return "个百分点" if self.code == "zh" else "points"

    def kpi_value(self, kpi: Kpi, value: float, *, difference: bool = False) -> str:
        """One indicator in the unit it is read in; a difference carries its sign."""
        if value != value:  # noqa: PLR0124 - NaN
            return "–"
        match kpi.quantity:
            case "rate":
                digits = 3 if difference and abs(value) < 0.0005 else 2
                return self.points(value, digits) if difference else self.percent(value, digits)
            case "money":
                return self.money(value, signed=difference)
            case "score":
                return number(value, 1, signed=difference)
            case "people":
                return self.lines(value, signed=difference)

    def kpi_span(self, kpi: Kpi, low: float, high: float) -> str:
        """Both ends of an interval of differences in one unit."""
        match kpi.quantity:
            case "rate":
                digits = 3 if max(abs(low), abs(high)) < 0.0005 else 2
                return self.span(number(100 * low, digits), number(100 * high, digits))
            case "money":
                return self.money_span(low, high)
            case "score" | "people":
                scale = self.scale([low, high])
                return self.joined(self.scaled_span(low, high, scale), scale.unit)


def _digits(largest: float) -> int:
    return 2 if largest < 10 else 1 if largest < 1000 else 0
