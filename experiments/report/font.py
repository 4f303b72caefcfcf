"""Chinese glyphs that come with us, so that no page and no picture ever shows boxes.

`fonts/` holds a subset of Noto Sans SC under a name of its own and its licence (SIL OFL 1.1); it is
made by `make_font.py`. Signs beyond it are left to whatever fonts the reader's machine has.
"""

import base64
import io
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FAMILY = "Counterplay Sans SC"
FILE = Path(__file__).parent / "fonts" / "CounterplaySansSC-Regular.otf"
_FIRST_CJK = chr(0x2E80)


@cache
def covered() -> frozenset[int]:
    """Code points that our font has a glyph for."""
    with TTFont(FILE, lazy=True) as font:
        return frozenset(font.getBestCmap() or {})


def is_chinese(text: str) -> bool:
    """Whether a text holds signs that Latin fonts lack."""
    return max(text, default="") >= _FIRST_CJK


def face_for(text: str) -> str:
    """A style sheet's `@font-face` with the glyphs of a text in it; empty if it needs none."""
    if not is_chinese(text):
        return ""
    data = base64.b64encode(subset_of(FILE, text, "woff")).decode()
    # Only Chinese comes from it, and nothing is drawn by another font before it is there.
    return (
        f'@font-face{{font-family:"{FAMILY}";'
        f'src:url(data:font/woff;base64,{data}) format("woff");'
        "unicode-range:U+2E80-FFFF;font-display:block}"
    )


def subset_of(source: Path, text: str, flavor: str | None = None, family: str = "") -> bytes:
    """A font with no more than the glyphs of a text, the same bytes for the same text.

    Args:
        source: an OpenType font.
        text: every sign that is wanted; those the font lacks are left out.
        flavor: `woff` to compress it for a page.
        family: a new name for it; empty: as it is.
    """
    from fontTools import subset  # slow to load, and needed for Chinese only

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.name_IDs = list(range(26))
    # Vertical text, alternates and kerning: nothing here uses them.
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
    with TTFont(source, recalcTimestamp=False) as font:
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=sorted({ord(sign) for sign in text}))
        chosen.subset(font)
        if family:
            _rename(font, family)
        font.flavor = flavor
        buffer = io.BytesIO()
        font.save(buffer)
    return buffer.getvalue()


def _rename(font: TTFont, family: str) -> None:
    """Another name: neither trademarks nor reserved names may stand for what was changed."""
    table = font["name"]
    plain = family.replace(" ", "")
    new = {1: family, 2: "Regular", 3: plain, 4: family, 6: f"{plain}-Regular", 16: "", 17: ""}
    for record in list(table.names):
        if record.nameID == 7 or new.get(record.nameID) == "":
            table.names.remove(record)
        elif record.nameID in new:
            record.string = new[record.nameID].encode(record.getEncoding() or "utf_16_be")
    top = font["CFF "].cff
    top.fontNames = [f"{plain}-Regular"]
    for name in ("FullName", "FamilyName"):
        setattr(top.topDictIndex[0], name, family)
    for name in ("Notice", "Copyright"):  # the copyright stands in the table of names
        top.topDictIndex[0].rawDict.pop(name, None)
