"""What observed months say about parameters nobody knows: an ensemble, and whether to believe it."""
