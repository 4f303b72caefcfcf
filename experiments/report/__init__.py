"""How an answer is reported: memo, figures, wording, style, templates. Start: memo.py."""
