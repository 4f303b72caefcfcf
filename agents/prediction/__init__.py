"""What an operator can forecast from its own records."""
