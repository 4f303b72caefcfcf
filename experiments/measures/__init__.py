"""What is read off a market: indicators, counterfactuals, choices."""
