"""History: what was observed, what the market and two naive forecasts said, and who was nearer."""
