"""Elevation, water, floods, roads."""
