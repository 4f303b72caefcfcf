"""How a question is simulated: worlds, cells, calibration, the store."""
