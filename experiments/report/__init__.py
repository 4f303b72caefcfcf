"""How an answer is reported: memo, figures, style, templates."""
