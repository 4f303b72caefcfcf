"""The same month in plain NumPy, for the benchmark."""

from experiments.studies.bench.vectorised.month import VectorisedPopulation

__all__ = ["VectorisedPopulation"]
