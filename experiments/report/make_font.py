"""Makes the font in `fonts/` from the whole one it is a subset of (`make font`).

It holds the most frequent Chinese characters (GB 2312, level 1), Chinese punctuation, and every
sign that stands in our catalogue of words or in `conf/`.
"""

import sys
from pathlib import Path

from experiments.paths import CONF
from experiments.report.font import FAMILY, FILE, subset_of

_WORDS = Path(__file__).parent


def glyphs_used() -> str:
    """Every sign the font should have, in order."""
    files = [*CONF.rglob("*.yaml"), *_WORDS.rglob("*.py"), *_WORDS.rglob("*.j2")]
    files.append(_WORDS.parent / "measures" / "indicators.py")
    ours = {sign for path in files for sign in path.read_text(encoding="utf-8")}
    plain = {chr(code) for code in range(0x20, 0x7F)}
    return "".join(sorted(ours | plain | set(_rows(0xA1, 0xA4)) | set(_rows(0xB0, 0xD8))))


def _rows(first: int, beyond: int) -> str:
    """The characters in some rows of GB 2312."""
    pairs = (bytes([row, cell]) for row in range(first, beyond) for cell in range(0xA1, 0xFF))
    return "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)


def main(source: str) -> None:
    """Write the subset of a whole font."""
    FILE.write_bytes(subset_of(Path(source), glyphs_used(), family=FAMILY))


if __name__ == "__main__":
    main(sys.argv[1])
