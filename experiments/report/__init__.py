"""How an answer is reported: memo, figures, style, templates."""

from experiments.plain_matplotlib import install

install()
