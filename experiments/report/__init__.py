"""How an answer is reported: memo, figures, wording, style, templates. Start: memo.py."""

from experiments.plain_matplotlib import install

install()
