"""What every test shares."""

import os

from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# The first call of a compiled kernel takes seconds, and a failure must come back when asked again.
settings.register_profile("counterplay", deadline=None, derandomize=True)
settings.load_profile("counterplay")
