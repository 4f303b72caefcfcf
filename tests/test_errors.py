"""The kinds of error: one parent, names that can be asked for, and no loss between processes."""

import copy

import pytest

from agents.settings import MarketError as MarketErrorOfSettings
from sim import errors
from sim.names import check, unknown


def test_every_error_of_ours_has_one_parent() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]
    assert len(kinds) >= 8
    assert all(issubclass(kind, errors.CounterplayError) for kind in kinds)
    assert MarketErrorOfSettings is errors.MarketError


def test_the_machines_failures_are_no_mistake_in_the_question() -> None:
    assert not issubclass(errors.RunError, errors.QuestionError)
    assert issubclass(errors.CalibrationError, errors.QuestionError)


def test_an_unknown_name_says_which_and_what_is_allowed() -> None:
    error = unknown("operator", "chna_mobile", ["china_unicom", "china_mobile"])
    assert error.name == "chna_mobile"
    assert error.allowed == ("china_mobile", "china_unicom")
    assert str(error) == (
        "operator 'chna_mobile' does not exist (did you mean 'china_mobile'?); "
        "allowed: china_mobile, china_unicom"
    )


def test_the_first_unknown_name_is_refused() -> None:
    with pytest.raises(errors.UnknownNameError, match="'c'") as caught:
        check("region", ["a", "c", "d"], ["a", "b"])
    assert caught.value.name == "c"


@pytest.mark.parametrize(
    "error",
    [
        unknown("partner", "x", ["y"]),
        errors.WorkerLostError("was killed", 1, 3),
        errors.ActionError("a sentence"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_come_whole_out_of_a_worker(error: errors.CounterplayError) -> None:
    # `copy` takes an exception apart as the way between processes does.
    again = copy.copy(error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
