"""Every mistake in a question as one message: key, value, what is allowed, the nearest name."""

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from experiments.question.schema import below, children
from sim.errors import QuestionError
from sim.names import nearest

_MOST = 5
_NAME_READ_AS = re.compile(r" = (?P<value>True|False|-?[\d.]+(?:e[+-]?\d+)?): must be text")
_WORDS = {
    r"Input should be a valid integer(?:, .*?)?(?=;|$)": "must be a whole number",
    r"Input should be a valid number(?:, .*?)?(?=;|$)": "must be a number",
    r"Input should be a valid (?:list|tuple)": "must be a list such as [a,b]",
    r"Input should be a valid string": "must be text",
    r"Input should be a valid boolean": "must be true or false",
    r"Input should be a valid dictionary(?: or instance of \w+)?": "must be a mapping",
    r"Input should": "must",
    r"(String|Tuple|List) should": "must",
}
_ONE_OF = re.compile(r"= '(?P<given>[^']*)': must be (?P<words>(?:'[^']+'(?:, | or )?)+)")


def explain_validation(error: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """What pydantic found, in the words of the configuration."""
    problems = error.errors(include_url=False)
    merged: dict[str, str] = {}
    for problem in problems:
        text = polish(_problem(dict(problem), model, prefix))
        key, _, rest = text.partition(": ")
        merged[key] = f"{merged[key]}, or {rest}" if key in merged and rest else text
    parts = list(merged.values())
    more = [f"and {len(parts) - _MOST} more"] if len(parts) > _MOST else []
    return "; ".join(parts[:_MOST] + more)


def validated[S: BaseModel](schema: type[S], data: object, prefix: str = "") -> S:
    """Data as a schema wants it.

    Raises:
        QuestionError: it is not; `prefix` is where in the configuration the data stands.
    """
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        raise QuestionError(explain_validation(error, schema, prefix)) from None


def polish(text: str) -> str:
    """Pydantic's wording as ours, with the nearest of a list of words."""
    for theirs, ours in _WORDS.items():
        text = re.sub(theirs, ours, text)
    return _NAME_READ_AS.sub(_quote_it, _ONE_OF.sub(_with_nearest, text))


def _problem(problem: dict[str, Any], model: type[BaseModel], prefix: str) -> str:
    steps = [step for step in problem["loc"] if not _is_branch(step)]
    key = ".".join(str(step) for step in (prefix, *steps) if step != "")
    message: str = problem["msg"].removeprefix("Value error, ")
    match problem["type"]:
        case "extra_forbidden":
            allowed = children(below(model, steps[:-1])) or ()
            hint = nearest(str(steps[-1]), allowed)
            return f"{key}: no such key{hint}; allowed: {', '.join(allowed)}"
        case "missing":
            return f"{key} is missing"
        case "value_error":
            return f"{key}: {message}" if key else message
        case _:
            return f"{key} = {shortened(problem['input'])}: {message}"


def _is_branch(step: object) -> bool:
    """Pydantic names the branch of a union in the path; the configuration has no such key."""
    return isinstance(step, str) and (
        step.startswith(("literal[", "constrained-", "function-")) or step == "[key]"
    )


def _with_nearest(found: re.Match[str]) -> str:
    words = re.findall(r"'([^']+)'", found["words"])
    return found[0] + nearest(found["given"], words)


def _quote_it(found: re.Match[str]) -> str:
    """YAML 1.1 makes values of words that people write as names."""
    read, example = {
        "True": ("yes, on or true are read as true", "yes"),
        "False": ("NO, no, off or false are read as false", "NO"),
    }.get(found["value"], ("3, 1e3 and the like are read as numbers", found["value"]))
    return f"{found[0]}; without quotes {read}: quote the name, such as \"'{example}'\""


def shortened(value: object, most: int = 60) -> str:
    """How a value is said in a message: as Python writes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
