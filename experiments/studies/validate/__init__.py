"""The page of checks that could have failed: what is run, and how each result is reported."""
