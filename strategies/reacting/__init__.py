"""How an operator answers rivals' moves: what it saw, what was an attack, what it does about it."""
