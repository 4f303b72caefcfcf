"""The memo as slides: one thought a slide, tables that can be edited, pictures as they stand."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Emu, Inches, Pt

from experiments.analysis.paired import HOLD
from experiments.analysis.summary import Summary
from experiments.report import style
from experiments.report.front import FrontPage, front_page
from experiments.report.instruction_texts import instruction_blocks
from experiments.report.timeless import timeless
from experiments.report.words.pairs import Code
from experiments.report.words.words import Words

_WIDE, _HIGH, _EDGE = Inches(13.333), Inches(7.5), Inches(0.6)
_TOP = Inches(1.35)
_FONTS = {"en": "Calibri", "zh": "Microsoft YaHei"}
_TITLE_ONLY = 5
_PICTURES = (("npv_forest", "share_over_time"), ("costs", "subscriber_waterfall"))
_MOST_LINES = 9


def deck_of(summary: Summary, pictures: Mapping[str, bytes], language: Code = "en") -> bytes:
    """The slides as the bytes of a `.pptx`, the same for the same answer."""
    words = Words(summary.labels, language)
    page = front_page(summary, words)
    deck = _Deck(Presentation(), _FONTS[language])
    deck.size()
    deck.lines(page.headline, [page.kicker, *page.decision, *page.refused, page.few], big=True)
    if page.damage is not None:
        facts = [(fact.number, fact.text) for fact in page.damage.facts]
        deck.facts(words("damage"), facts, page.damage.note)
    deck.table(words("front.options"), *_options(page), page.note)
    for pair in _PICTURES:
        shown = [pictures[name] for name in pair if name in pictures]
        if shown:
            deck.pictures(words("front.pictures"), shown)
    deck.lines(words("front.risk"), [*page.risk, *page.costs])
    deck.lines(words("front.moves"), [*(page.moves or [words("front.moves.none")]), page.temper])
    deck.lines(words("front.change"), page.change)
    deck.lines(words("front.next"), page.next)
    deck.lines(words("front.trust"), [words("front.trust.line"), *page.trust])
    for block in instruction_blocks(summary, words):
        rows = [[title, text] for title, text in block.lines]
        title = words("move.because", what=block.name, why=block.description)
        deck.table(title, ("", ""), rows, "", wide=(0.16, 0.84))
    return deck.saved()


def _options(page: FrontPage) -> tuple[Sequence[str], list[list[str]]]:
    rows: list[list[str]] = []
    for row in page.options.rows:
        if row.arm == HOLD:
            rows.append([row.name, "0", *[""] * 7])
            continue
        rows.append(
            [
                row.name, row.gain, row.mean_within, row.range, row.worst, row.loses, row.cost,
                row.per_cost, row.share,
            ]
        )  # fmt: skip
    return page.options.titles, rows


@dataclass
class _Deck:
    """Slides in the making. `python-pptx` is typed in part only, hence `Any`."""

    show: Any
    font: str

    def size(self) -> None:
        """16:9."""
        self.show.slide_width, self.show.slide_height = _WIDE, _HIGH

    def saved(self) -> bytes:
        """All slides as a file."""
        buffer = io.BytesIO()
        self.show.save(buffer)
        return timeless(buffer.getvalue())

    def _slide(self, title: str, size: int = 26) -> Any:
        slide = self.show.slides.add_slide(self.show.slide_layouts[_TITLE_ONLY])
        box = slide.shapes.title
        box.left, box.top = _EDGE, Inches(0.35)
        box.width, box.height = _WIDE - 2 * _EDGE, Inches(0.95)
        box.text_frame.word_wrap = True
        self._write(box.text_frame.paragraphs[0], title, size, bold=True)
        return slide

    def lines(self, title: str, texts: Sequence[str], *, big: bool = False) -> None:
        """A slide of sentences; nothing to say, no slide."""
        texts = [text for text in texts if text]
        if not texts:
            return
        slide = self._slide(title, 30 if big else 26)
        top = Inches(1.9) if big else _TOP
        frame = self._frame(slide, _EDGE, top, _WIDE - 2 * _EDGE, _HIGH - top - _EDGE)
        size = 20 if len(texts) <= 5 else 16 if len(texts) <= _MOST_LINES else 13
        for place, text in enumerate(texts):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(10)
            self._write(paragraph, text, size)

    def facts(self, title: str, facts: Sequence[tuple[str, str]], note: str) -> None:
        """A few large numbers side by side."""
        slide = self._slide(title)
        width = int((_WIDE - 2 * _EDGE) / max(len(facts), 1))
        for place, (value, text) in enumerate(facts):
            left = _EDGE + place * width
            frame = self._frame(slide, left, Inches(2.2), width - Inches(0.2), Inches(3))
            self._write(frame.paragraphs[0], value, 44, bold=True)
            self._write(frame.add_paragraph(), text, 18, colour=style.MUTED)
        self._note(slide, note)

    def table(
        self, title: str, titles: Sequence[str], rows: Sequence[Sequence[str]], note: str, *,
        wide: tuple[float, ...] = (),
    ) -> None:  # fmt: skip
        """A table that can be edited; its first column is wider."""
        slide = self._slide(title, 22)
        heads = [list(titles)] if any(titles) else []
        shape = slide.shapes.add_table(
            len(rows) + len(heads), len(titles), _EDGE, _TOP, _WIDE - 2 * _EDGE, Inches(0.3)
        )
        table = shape.table
        table.first_row = bool(heads)
        first = 0.2
        shares = wide or (first, *[(1 - first) / (len(titles) - 1)] * (len(titles) - 1))
        for column, share in zip(table.columns, shares, strict=True):
            column.width = Emu(int((_WIDE - 2 * _EDGE) * share))
        size = 13 if len(rows) <= 9 else 11
        for at, row in enumerate([*heads, *rows]):
            for place, text in enumerate(row):
                paragraph = table.cell(at, place).text_frame.paragraphs[0]
                right = place > 0 and not wide
                paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
                head = bool(heads) and at == 0
                self._write(paragraph, text, size, bold=head, colour="#ffffff" if head else "")
        if note:
            self._note(slide, note)

    def pictures(self, title: str, pictures: Sequence[bytes]) -> None:
        """Pictures side by side, each as large as fits."""
        slide = self._slide(title)
        room = int((_WIDE - 2 * _EDGE) / len(pictures)) - Inches(0.2)
        tall = _HIGH - _TOP - Inches(0.3)
        for place, picture in enumerate(pictures):
            shape = slide.shapes.add_picture(io.BytesIO(picture), 0, _TOP)
            factor = min(room / shape.width, tall / shape.height)
            shape.width, shape.height = int(shape.width * factor), int(shape.height * factor)
            shape.left = _EDGE + place * (room + Inches(0.2))

    def _frame(self, slide: Any, left: int, top: int, width: int, height: int) -> Any:
        frame = slide.shapes.add_textbox(left, top, width, height).text_frame
        frame.word_wrap = True
        return frame

    def _note(self, slide: Any, note: str) -> None:
        top = _HIGH - Inches(1.15)
        frame = self._frame(slide, _EDGE, top, _WIDE - 2 * _EDGE, Inches(0.9))
        self._write(frame.paragraphs[0], note, 10, colour=style.MUTED)

    def _write(
        self, paragraph: Any, text: str, size: int, *, bold: bool = False, colour: str = ""
    ) -> None:
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, self.font
        run.font.color.rgb = RGBColor.from_string((colour or style.INK).removeprefix("#"))
