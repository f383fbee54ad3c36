"""Indicators: from sums of people by commune to the gaps of each commune, with their evidence. Pure functions."""
