"""How operators decide: strategies and their best responses."""
