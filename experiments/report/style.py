"""How numbers, names and pictures look, wherever a report shows them."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from experiments.plain_matplotlib import LATIN_FAMILY, name_our_font, plain
from experiments.report import font

INK, MUTED, FAINT = "#1c2630", "#5d6975", "#d5dade"
GOOD, BAD, NEUTRAL = "#0072B2", "#D55E00", "#7a8691"
"""Gains and losses: blue and vermilion, which every common colour vision tells apart."""
HOLD_COLOUR = "#6b7680"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#7B4FA3", "#8C564B")
"""After Okabe and Ito (2008), yellow darkened so that it can be read on white."""

CJK_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans CN", "Source Han Sans SC",
    "Source Han Mono SC", "Noto Sans SC", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC",
    "SimHei", "Noto Serif CJK SC", "Noto Serif CJK JP", "Noto Serif SC",
)  # fmt: skip


def label(name: str) -> str:
    """An arm's or an actor's name as words."""
    return name.replace("_", " ")


@cache
def fonts() -> tuple[str, ...]:
    """Font families to draw with: a Latin one, ours with Chinese glyphs, and one for what it lacks.

    The last is a font of the system, or the whole font in the extra `fonts`, where there is one.
    """
    name_our_font()
    manager = font_manager.fontManager
    if not any(entry.name == font.FAMILY for entry in manager.ttflist):
        manager.addfont(font.FILE)
        # There is no bold one; without this entry every bold title would be complained about.
        ours = [entry for entry in manager.ttflist if entry.name == font.FAMILY]
        manager.ttflist += [replace(entry, weight=700) for entry in ours]
    spec = find_spec("pylopdf_fonts_zh_cn")
    # A list of fonts that was kept may name files that are gone.
    known = {entry.name for entry in manager.ttflist if Path(entry.fname).exists()}
    if not known & set(CJK_FAMILIES) and spec and spec.submodule_search_locations:
        for folder in spec.submodule_search_locations:
            for path in sorted(Path(folder).glob("*Sans*.[ot]tf")):
                manager.addfont(path)
        known = {entry.name for entry in manager.ttflist if Path(entry.fname).exists()}
    chinese = [name for name in CJK_FAMILIES if name in known]
    return (LATIN_FAMILY, font.FAMILY, *chinese[:1])


@cache
def _drawable() -> frozenset[int]:
    """Every code point the chosen fonts have a glyph for."""
    characters: set[int] = set()
    for family in fonts():
        path = font_manager.findfont(family)
        characters |= set(font_manager.get_font(path).get_charmap())
    return frozenset(characters | {ord("\n")})


def drawable(text: str, otherwise: str = "") -> str:
    """`text` if the fonts can draw it, else `otherwise`, else what remains of it: never boxes."""
    glyphs = _drawable()
    for candidate in (text, otherwise or text):
        if all(ord(sign) in glyphs for sign in candidate):
            return candidate
    plain = unicodedata.normalize("NFKD", otherwise or text)
    return "".join(sign for sign in plain if ord(sign) in glyphs) or "–"


def colours(arms: Sequence[str]) -> dict[str, str]:
    """A colour for each arm, the same in every picture; `hold` is always grey."""
    others = [arm for arm in arms if arm != "hold"]
    chosen = {arm: PALETTE[place % len(PALETTE)] for place, arm in enumerate(others)}
    return chosen | {"hold": HOLD_COLOUR}


_INCH, _NOTE_SIZE = 72, 8
"""Points."""


def wrapped(line: str, signs: int) -> str:
    """A Chinese line on lines of so many signs; Matplotlib wraps at spaces alone."""
    if not font.is_chinese(line):
        return line
    lines, room = [""], float(signs)
    for sign in line:
        wide = 1.0 if font.is_chinese(sign) or sign in _FULL else 0.6
        if room < wide and sign not in _NEVER_FIRST:
            lines.append("")
            room = float(signs)
        lines[-1] += sign
        room -= wide
    return "\n".join(lines)


_FULL = "“”◇"
_NEVER_FIRST = "，。；：、）”%"


def canvas(title: str, note: str, width: float = 7.4, height: float = 4.2) -> Figure:
    """An empty figure that says its finding above and what stands behind it below."""
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.06)
    figure = Figure(figsize=(width, height), dpi=160, facecolor="white", layout=layout)
    FigureCanvasAgg(figure)
    figure.suptitle(
        drawable(title), x=0.012, ha="left", fontsize=12.5, fontweight="bold", color=INK, wrap=True
    )
    signs = int(width * _INCH / _NOTE_SIZE) - 2
    note = "\n".join(wrapped(line, signs) for line in drawable(note).split("\n"))
    figure.supxlabel(note, x=0.012, ha="left", fontsize=_NOTE_SIZE, color=MUTED, wrap=True)
    return figure


def quiet(axes: Axes, *, grid: str = "y") -> None:
    """Leave only the ink that carries data."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(side == "bottom" and grid == "y")
        axes.spines[side].set_color(FAINT)
    axes.tick_params(length=0, labelsize=8.5, labelcolor=INK)
    if grid in {"x", "y"}:
        axes.grid(axis=grid, color=FAINT, linewidth=0.6)  # pyright: ignore[reportArgumentType]
    axes.set_axisbelow(True)


def png(figure: Figure) -> bytes:
    """The picture as PNG, in fonts that have its glyphs; `$` in a name stays a dollar sign."""
    for text in figure.findobj(Text):
        text.set_text(drawable(text.get_text()))
        text.set_fontfamily(list(fonts()))
        text.set_parse_math(False)
    buffer = io.BytesIO()
    made_by = {"Software": f"Matplotlib {mpl.__version__}"}
    with plain():
        figure.savefig(buffer, format="png", metadata=made_by)
    return buffer.getvalue()
