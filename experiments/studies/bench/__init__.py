"""How fast the market runs, side by side with other ways to write it."""
