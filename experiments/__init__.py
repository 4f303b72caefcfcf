"""Questions put to the simulator: designs, runs and reports."""
