"""The same month in plain NumPy, for the benchmark."""

from experiments.vectorised.month import VectorisedPopulation

__all__ = ["VectorisedPopulation"]
