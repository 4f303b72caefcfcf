"""The market world: population, network, markets and the clock that moves them."""
