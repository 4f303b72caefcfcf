"""Whether a low-cost sub-brand pays, before and after an entry."""
