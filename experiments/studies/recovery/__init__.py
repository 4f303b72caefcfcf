"""Planted tastes and planted effects, recovered from the product's own data."""
