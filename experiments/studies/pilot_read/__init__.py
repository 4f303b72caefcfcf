"""From a pilot's results to go, extend or stop, as its plan has laid down."""
