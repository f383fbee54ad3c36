"""Communes: codes, names, and polygons that neither overlap nor leave slivers."""
