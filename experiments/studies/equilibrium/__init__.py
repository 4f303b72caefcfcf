"""Where prices settle when all firms reply."""
