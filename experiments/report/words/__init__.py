"""What a report says, in each language side by side. Start: words.py."""
