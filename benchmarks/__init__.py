"""Measurements: each module prints a few lines, ratios where it can. Never asserted: machines differ and are noisy."""
