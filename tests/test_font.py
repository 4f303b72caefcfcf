"""Chinese glyphs: shipped, licensed, enough for all that we say, the same bytes every time."""

import warnings

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from experiments.report import font, style
from experiments.report.make_font import glyphs_used

LATIN = {chr(code) for code in range(0x2500)}


def test_every_sign_of_ours_has_a_glyph() -> None:
    lacking = {
        sign for sign in glyphs_used() if ord(sign) not in font.covered() and sign.isprintable()
    }
    drawable = {sign for sign in lacking if style.drawable(sign) == sign}
    assert lacking == drawable, f"run `make font`: {''.join(sorted(lacking - drawable))}"


def test_the_font_is_small_renamed_and_stands_beside_its_licence() -> None:
    assert font.FILE.stat().st_size < 1_500_000
    names = " ".join(str(record) for record in TTFont(font.FILE)["name"].names if record.nameID < 7)
    assert font.FAMILY in names
    assert "Noto" not in names
    assert "Source" not in names
    licence = (font.FILE.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Adobe" in licence


@given(st.text(alphabet="中国联通移动电信价格权益abc 123，。", min_size=1))
def test_a_page_gets_exactly_the_glyphs_it_uses(text: str) -> None:
    face = font.face_for(text)
    assert bool(face) == font.is_chinese(text)
    assert face == font.face_for(text)


@pytest.mark.parametrize("text", ["中国联通 NPV 亿元", "离网率 12.3%", "≥ 0.5 × 价格"])
def test_pictures_draw_chinese_without_a_missing_glyph(text: str) -> None:
    figure = style.canvas(text, text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        style.png(figure)
    assert style.drawable(text) == text
