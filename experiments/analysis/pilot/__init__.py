"""A pilot in some regions: what it would show, how surely, and what knowing it is worth."""
