"""Who acts: subscribers and operators."""
