"""How lines answer prices, beside the literature."""
