"""What nobody knows: ranges as they stand in `conf/unknowns`, checked against the market."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError

from agents.settings import MarketSettings
from experiments.question.errors import explain_validation
from experiments.question.pins import give_way
from experiments.question.provenance import NOTHING_SAID, Said
from experiments.question.question import Range
from experiments.question.settings import RangeSettings
from experiments.question.targets import market_targets, of_rivals, places
from sim.errors import QuestionError
from sim.names import nearest
from strategies.registry import parameters_of, read

_LEAVES = frozenset(RangeSettings.model_fields)


def read_ranges(
    ranges: Mapping[str, Any],
    market: MarketSettings,
    rivals: Mapping[str, dict[str, Any]],
    said: Said = NOTHING_SAID,
) -> tuple[tuple[Range, ...], dict[str, str]]:
    """The ranges of a configuration, without what the user has set.

    Returns:
        What is drawn, and the range that gave way by the path of each parameter that is not.

    Raises:
        QuestionError: a path leads nowhere, bounds contradict each other, or a draw is refused.
    """
    data = market.model_dump()
    priors: list[Range] = []
    for path, given in _flat(ranges).items():
        one = _range(path, given)
        if of_rivals(one):
            if path.split(".")[1] in set(market.operators) - set(rivals):
                continue  # the focal operator is nobody's rival here
            _check_rivals(one, rivals)
        elif not _check_place(one, data):
            continue
        priors.append(one)
    drawn, gave_way = give_way(priors, said, data, rivals)
    for end in ("low", "high"):
        _check_market(drawn, market, end)
    return drawn, gave_way


def _flat(ranges: Mapping[str, Any], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Ranges by dotted path, whether the file writes `a.b: {low: 1}` or `a: {b: {low: 1}}`."""
    by_path: dict[str, dict[str, Any]] = {}
    for key, value in ranges.items():
        path = f"{prefix}{key}"
        if not isinstance(value, Mapping) or not value:
            raise QuestionError(
                f"unknowns.ranges.{path} = {value!r}: must be a range such as "
                "{low: 0.5, high: 2, scale: factor}"
            )
        inside = cast("Mapping[str, Any]", value)
        if _LEAVES & inside.keys():
            by_path.setdefault(path, {}).update(inside)
        else:
            for deeper, given in _flat(inside, f"{path}.").items():
                by_path.setdefault(deeper, {}).update(given)
    return by_path


def _range(path: str, given: dict[str, Any]) -> Range:
    options = given.get("options")
    data = given | ({"options": tuple(options)} if isinstance(options, list) else {})
    try:
        settings = RangeSettings.model_validate(data)
    except ValidationError as error:
        raise QuestionError(
            explain_validation(error, RangeSettings, f"unknowns.ranges.{path}")
        ) from None
    return Range(path, settings.low or 0.0, settings.high or 0.0, settings.scale, settings.options)


def _check_place(wanted: Range, data: dict[str, Any]) -> bool:
    """Refuse what cannot be drawn; false where nothing is to draw (a market without partners)."""
    there = places(data, wanted.path)
    for target in there:
        value = target.value
        numbers = (
            list(value.values())
            if isinstance(value, dict) and wanted.scale == "factor"
            else [value]
        )
        if not wanted.options and not (numbers and all(_is_number(number) for number in numbers)):
            raise QuestionError(
                f"unknowns.ranges.{wanted.path}: the market has {value!r} there, no number to "
                "draw; a mapping of numbers can take `scale: factor`"
            )
    return bool(there)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_market(ranges: Sequence[Range], market: MarketSettings, end: str) -> None:
    """Would the market still be one with every range at its low (or high) end?"""
    data = market.model_dump()
    for prior in ranges:
        if not of_rivals(prior):
            for target in market_targets(prior, data):
                target.holder[target.key] = _at(target.value, prior, end)
    try:
        MarketSettings.model_validate(data)
    except ValidationError as error:
        raise QuestionError(
            f"unknowns: with every range at its {end} end, "
            + explain_validation(error, MarketSettings, "market")
        ) from None


def _check_rivals(wanted: Range, rivals: Mapping[str, Mapping[str, Any]]) -> None:
    """Ranges of `rivals.*` apply to all that play anything at all, of a named one to it anyway."""
    where = f"unknowns.ranges.{wanted.path}"
    _, who, *rest = wanted.path.split(".")
    if len(rest) != 1:
        raise QuestionError(
            f"{where}: write rivals.<operator>.<parameter>, or rivals.*.<parameter>"
        )
    if who not in ("*", *rivals):
        raise QuestionError(
            f"{where}: no rival is called '{who}'{nearest(who, rivals)}; "
            f"allowed: *, {', '.join(rivals)}"
        )
    parameter = rest[0]
    for name, plays in rivals.items():
        if who != name and (who != "*" or plays["kind"] == "hold"):
            continue
        known = parameters_of(plays["kind"])
        if parameter not in known:
            raise QuestionError(
                f"{where}: {name} plays {plays['kind']}, which has no parameter '{parameter}'"
                f"{nearest(parameter, known)}; allowed: {', '.join(sorted(known))}"
            )
        for changed in _ends(wanted, plays.get(parameter)):
            try:
                read({**plays, parameter: changed})
            except QuestionError as error:
                raise QuestionError(f"{where}: {name}: {error}") from None


def _ends(wanted: Range, value: object) -> Iterator[object]:
    if wanted.options:
        yield from wanted.options
    elif wanted.scale == "factor" and not _is_number(value):
        raise QuestionError(
            f"unknowns.ranges.{wanted.path}: {value!r} is no number that a factor could scale"
        )
    else:
        yield from (_at(value, wanted, end) for end in ("low", "high"))


def _at(value: Any, wanted: Range, end: str) -> Any:
    if wanted.options:
        return wanted.options[0 if end == "low" else -1]
    drawn: float = getattr(wanted, end)
    if wanted.scale == "whole":
        return int(drawn)
    return drawn if wanted.scale == "value" else value * drawn
