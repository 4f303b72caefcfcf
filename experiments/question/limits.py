"""How large a user's files may be: enough for any market, too little to stall a computer."""

FILE_BYTES = 1_000_000
FILES_IN_GROUP = 2_000
NODES = 10_000
"""Keys and values of one file, after aliases and merges have been written out."""
ALIASES = 200
DEPTH = 30
KEY_CHARACTERS = 200
TEXT_CHARACTERS = 20_000
NUMBER_CHARACTERS = 40

LOADS = 100
"""Files that one composition may take in, each as often as it is named."""
COMPOSED_NODES = 50_000
"""Keys and values of all of them together, and of what references write out."""
COMPOSED_DEPTH = 60
REFERENCES = 1_000
"""References followed in one composition, each as often as it is met."""
COMPOSED_CHARACTERS = 5_000_000

OVERRIDE_CHARACTERS = 20_000
JOBS = 1_000
"""Most jobs of one sweep: all are composed (0.2 s each) and kept before the first one runs."""
