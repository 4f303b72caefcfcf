"""What runs mean: paired differences, regret, uplift, recommendation. Start: summary.py."""
