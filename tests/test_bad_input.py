"""Whatever is asked: a request, or one clear message. Never another exception, never a file."""

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from experiments import cli
from experiments.question.compose import compose, question_of
from experiments.question.market_form import need_full_market
from experiments.question.question import Question
from experiments.question.resolve import check_out, read_question
from sim.errors import QuestionError, RunError


@cache
def duopoly() -> dict[str, Any]:
    return compose(["market=duopoly"]).config


def refused(*overrides: str) -> str:
    with pytest.raises(QuestionError) as caught:
        question_of(compose(overrides))
    message = str(caught.value)
    assert message == message.strip()
    assert "\n" not in message
    return message


_RANGES = "+unknowns.ranges."


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("market=chna_2024", "market = 'chna_2024' does not exist (did you mean 'china_2024'?)"),
        ("rival@rivals.china_mobile=pricecut", "(did you mean 'price_cut'?); allowed: copy"),
        ("rival@rivals.china_mobil=hold", "(did you mean 'rival@rivals.china_mobile'?)"),
        ("+rival@rivals.vodafone=hold", "rivals: operator 'vodafone' does not exist; allowed: "),
        ("experiment=compar", "experiment = 'compar' does not exist (did you mean 'compare'?)"),
        ("experiment.name=compar", "experiment 'compar' does not exist (did you mean 'compare'?)"),
        ("strategies=[hold,match_prise]", "does not exist (did you mean 'match_price'?)"),
        ("strategies=hold", "strategies = 'hold': must be a list such as [a,b]"),
        ("strategies=[../market/duopoly]", "strategies.0 = '../market/duopoly': must match"),
        ("strategy=hold", "there is no 'strategy' to choose"),
        ("strategy.hold.kind=retention", "strategy.hold must stay kind: hold"),
        ("strategy.retention.kind=retntion", "(did you mean 'retention'?); allowed: addons, "),
        ("strategy.retention.channel=ap", "channel 'ap' does not exist (did you mean 'app'?)"),
        ("+strategy.match_price.reaction=macth", "'punish_then_return' (did you mean 'match'?)"),
        ("rivals.china_mobile.depth=1.3", "depth = 1.3: must be less than 1"),
        ("rivals.china_mobile.depth=deep", "depth = 'deep': must be a number"),
        ("rivals.china_mobile.regions=[moon]", "china_mobile.regions: region 'moon' does not"),
        ("rivals.china_mobil.depth=0.3", "no key 'china_mobil' (did you mean 'china_mobile'?)"),
        ("rivals.china_telecom.depth=0.3", "plays 'hold', which has no 'depth'"),
        ("rivals=5", "rivals = 5: must be a mapping"),
        ("rivals={}", "'rivals={}' would change nothing: a mapping is laid over what stands there"),
        ("market.behaviour={}", "~market.behaviour.<name> one of: logit_scale_yuan"),
        ("subscriber=100", "no key 'subscriber' (did you mean 'subscribers'?)"),
        ("+subscriber=100", "no such key (did you mean 'subscribers'?); allowed: market"),
        ("subscribers.x=1", "subscribers is a single value"),
        ("subscribers=0", "subscribers = 0: must be greater than or equal to 1"),
        ("subscribers=14", "subscribers = 14: must be at least 15, one for each region"),
        ("subscribers=50000001", "subscribers = 50000001: must be less than or equal to 50000000"),
        ("subscribers=many", "subscribers = 'many': must be a whole number"),
        ("subscribers=1e5", "subscribers = 100000.0: must be a whole number"),
        ("subscribers=true", "subscribers = True: must be a whole number"),
        ("subscribers=1,2", "several values; add -m to run each"),
        ("months=0", "months = 0: must be greater than or equal to 1"),
        ("months=601", "months = 601: must be less than or equal to 600"),
        ("burn_in=0", "burn_in = 0: must be greater than or equal to 1"),
        ("worlds=0", "worlds = 0: must be"),
        ("seeds=0", "seeds = 0: must be"),
        ("jobs=all", "jobs = 'all': must be"),
        ("detail=ful", "detail = 'ful': must be 'margins' or 'full' (did you mean 'full'?)"),
        ("resume=maybe", "resume = 'maybe': must be true or false"),
        ("focal=china_unicon", "(did you mean 'china_unicom'?); allowed: china_broadnet"),
        ("focal=china_mobile", "add rival@rivals.china_mobile=hold, or choose another focal"),
        ("focal=${nothing}", "focal: Interpolation key 'nothing' not found"),
        ("market.regions.beijing.people_share=0.9", "people_share sums to 1.8845, must sum to 1"),
        ("market.population.price=0.9", "shares of the five segments sum to 1.6200, must sum to 1"),
        ("market.churn_monthly=.nan", "market.churn_monthly"),
        ("market.churn_monthly=nan", "market.churn_monthly = nan: must be a finite number"),
        ("+market.regions.beijing.incom=1", "(did you mean 'income'?); allowed: people_share"),
        ("+market.calibration.appeal_yuan.vodafone=1", "operator 'vodafone' does not exist"),
        ("'" + _RANGES + "behaviour.hassel_yuan={low: 1, high: 2}'", "cannot be read"),
        (_RANGES + "behaviour.hassel_yuan={low: 1, high: 2}", "(did you mean 'hassle_yuan'?)"),
        (_RANGES + "behaviour.restraint={low: 1, high: 0.5}", "low = 1 exceeds high = 0.5"),
        (_RANGES + "behaviour.restraint={low: 1}", "low and high are both needed"),
        (_RANGES + "behaviour.restraint={low: 1, high: 3}", "market.behaviour.restraint = 3"),
        (_RANGES + "regions={low: 1, high: 3}", "no number to draw"),
        (_RANGES + "behaviour=3", "must be a range such as {low"),
        (_RANGES + "rivals.mobile.depth={low: 0.1, high: 0.2}", "no rival is called 'mobile'"),
        (_RANGES + "rivals.china_mobile.dept={low: 0.1, high: 0.2}", "(did you mean 'depth'?)"),
        (_RANGES + "rivals.china_mobile.depth={low: 0.1, high: 2}", "depth = 2"),
        ("strategies=[hold", "cannot be read: write key=value"),
        ("demo", "'demo' is not understood: write key=value"),
        ("out=null", "out = None: must be text"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_key_value_and_what_is_allowed(override: str, said: str) -> None:
    assert said in refused(override)


def test_several_mistakes_are_told_at_once() -> None:
    message = refused("months=0", "seeds=0")
    assert "months = 0" in message
    assert "seeds = 0" in message


def test_an_output_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for out, said in (
        (file, "is a file; name a folder"),
        (file / "below", "is a file; name a folder"),
        (tmp_path / ("x" * 300), "is too long a name"),
        (tmp_path / "a\0b", "no folder can have this name"),
        (Path("~/answers"), "'~' is not replaced here"),
    ):
        with pytest.raises(QuestionError, match=said):
            check_out(out)
    with pytest.raises(RunError, match="'/proc/answers': cannot write there"):
        check_out(Path("/proc/answers"))  # the machine's fault, not the question's
    assert check_out(tmp_path / "new" / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_refused_question_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["rivals.china_mobile.depth=1.3"]) == cli.REFUSED
    assert cli.run(["subscribers=0", "out=answer"]) == cli.REFUSED
    assert cli.run(["--config-dir", "nowhere"]) == cli.REFUSED
    assert not list(tmp_path.iterdir())
    assert len(capfd.readouterr().err.splitlines()) == 3


def holders(value: Any) -> list[dict[str, Any] | list[Any]]:
    """All mappings and lists in nested data, the outer ones first."""
    if not isinstance(value, dict | list):
        return []
    inside = value.values() if isinstance(value, dict) else value
    return [value, *(deeper for item in inside for deeper in holders(item))]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["hold", "price_cut", "video", "north", "south", "city", "auto", "full", "*"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(data=st.data())
def test_any_configuration_is_a_request_or_one_clear_message(data: st.DataObject) -> None:
    config = copy.deepcopy(duopoly())
    for _ in range(data.draw(st.integers(1, 3), label="changes")):
        holder = data.draw(st.sampled_from(holders(config)), label="holder")
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        change = data.draw(st.sampled_from(["replace", "remove", "add"] if keys else ["add"]))
        key: Any = data.draw(st.sampled_from(keys)) if keys else None
        if change == "remove":
            del holder[key]
        elif change == "replace":
            holder[key] = data.draw(VALUES)
        elif isinstance(holder, dict):
            holder[data.draw(st.text(max_size=6))] = data.draw(VALUES)
        else:
            holder.append(data.draw(VALUES))
    asked_or_refused(lambda: read_question(config))


def asked_or_refused(ask: Callable[[], Question]) -> None:
    """Any other exception than `QuestionError` fails the test."""
    try:
        answer = ask()
    except QuestionError as error:
        answer = str(error).strip()
    assert answer
    if isinstance(answer, Question):
        check_request(answer)


def check_request(request: Question) -> None:
    """What every experiment relies on."""
    assert request.focal in request.market.operators
    assert {request.focal, *request.rivals} == set(request.market.operators)
    assert next(iter(request.strategies)) == "hold"
    assert all("description" in plays for plays in request.strategies.values())
    assert request.subscribers >= len(request.market.regions)
    assert min(request.months, request.worlds, request.seeds, request.jobs) >= 1


KNOWN_KEYS = """
market focal strategies subscribers months worlds seeds jobs detail resume experiment unknowns
rivals strategy market.regions strategies.0 rivals.north rivals.north.depth +rivals.north.depths
~focal rival@rivals.north strategy.retention strategy.retention.begin ~strategy +strategy.mine
~rivals market.operators.north.plans +unknowns.ranges.behaviour.restraint unknowns.ranges +a
++seeds market.calibration market.vat_rate
"""
KNOWN_WORDS = """
null true [] {} [hold] [1] {a:1} duopoly hold price_cut north a,b ${focal} ${x} {low:0,high:1}
{kind:hold} [[]] ' " range(1,3)
"""
KEYS = st.sampled_from(KNOWN_KEYS.split()) | st.text(max_size=8)
WORDS = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(KNOWN_WORDS.split()),
    st.text(max_size=8),
)


@settings(max_examples=60)
@given(overrides=st.lists(st.tuples(KEYS, WORDS).map("=".join), max_size=2))
@example(overrides=["~rivals"])
@example(overrides=["~market"])
@example(overrides=["~experiment"])
@example(overrides=["unknowns=null"])
@example(overrides=["=3"])
@example(overrides=["hydra=3"])
@example(overrides=["hydra.mode=RUN"])
@example(overrides=["+experiment@x=compare"])
def test_any_command_line_is_a_request_or_one_clear_message(overrides: list[str]) -> None:
    asked = ["market=duopoly", *overrides]
    asked_or_refused(lambda: question_of(compose(asked), Path("answer")))


@pytest.mark.parametrize("experiment", ["compare", "calibrate", "facts", "elasticities"])
@pytest.mark.parametrize("market", ["france_2012", "textbook"])
def test_a_market_made_for_another_experiment_is_refused(experiment: str, market: str) -> None:
    asked = question_of(compose([f"experiment={experiment}", f"market={market}"]))
    with pytest.raises(QuestionError, match=r"of the form .* made for experiment="):
        need_full_market(asked)
