"""Two languages, one memo: nothing is missing in either, and a director understands page one."""

import re

import numpy as np
import pytest
from answers import make_answer
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis.summary import Summary, summarise
from experiments.report import font
from experiments.report.memo import render_memo
from experiments.report.style import wrapped
from experiments.report.words import catalogue
from experiments.report.words.names import COUNTED, PLACEHOLDER
from experiments.report.words.numbers import Numbers
from experiments.report.words.words import Words

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarise(make_answer(np.random.default_rng(2)))


@pytest.mark.parametrize("key", sorted(catalogue.TEXTS))
def test_both_languages_say_the_same_things(key: str) -> None:
    en, zh = catalogue.TEXTS[key]
    assert en
    assert zh
    assert set(PLACEHOLDER.findall(en)) == set(PLACEHOLDER.findall(zh))
    assert not CHINESE.search(en)


def test_no_key_stands_in_two_parts_of_the_catalogue() -> None:
    assert sum(len(part) for part in catalogue._PARTS) == len(catalogue.TEXTS)


@pytest.mark.parametrize("key", sorted(COUNTED))
def test_one_and_many(key: str) -> None:
    words = Words(summarise(make_answer(np.random.default_rng(1), worlds=2)).labels)
    assert words.counted(key, 1) != words.counted(key, 2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_one_needs_no_dictionary(summary: Summary, language: str) -> None:
    page = render_memo(summary, {}, language="zh" if language == "zh" else "en")
    front = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).partition('id="annex"')[0]
    for jargon in ("worlds", "seeds", "p =", "p=", "penetration", "渗透率"):
        assert jargon not in front


def test_every_sign_of_a_chinese_memo_has_its_glyph_in_the_page(summary: Summary) -> None:
    page = render_memo(summary, {}, language="zh")
    assert page.count("@font-face") == 1
    assert 'lang="zh-Hans"' in page
    lacking = {sign for sign in page if ord(sign) >= 0x2E80 and ord(sign) not in font.covered()}
    assert not lacking
    assert len(CHINESE.findall(page)) > 1000


@given(st.floats(-1e13, 1e13), st.sampled_from(["en", "zh"]))
def test_money_has_one_unit_and_never_a_hyphen_for_minus(value: float, code: str) -> None:
    text = Numbers("zh" if code == "zh" else "en", "CNY").money(value)
    assert "-" not in text
    assert text.endswith("元" if code == "zh" else "yuan")
    assert len(re.findall(r"亿|万|\bbn\b|\bm\b|thousand", text)) <= 1


@pytest.mark.parametrize(
    ("value", "text"), [(9.4e10, "940.0亿元"), (3.2e5, "32.0万元"), (88.0, "88.0元")]
)
def test_chinese_money_goes_by_ten_thousands(value: float, text: str) -> None:
    assert Numbers("zh", "CNY").money(value) == text


def test_chinese_notes_of_pictures_are_broken_into_lines() -> None:
    """Matplotlib wraps at spaces; what has none ran out of the picture."""
    long = "均值有多可靠（95%置信区间）。" * 8
    lines = wrapped(long, 40).split("\n")
    assert "".join(lines) == long
    assert len(lines) > 2
    assert all(len(line) <= 60 and line[0] not in "，。）" for line in lines)
    assert wrapped("plain words " * 20, 40) == "plain words " * 20
