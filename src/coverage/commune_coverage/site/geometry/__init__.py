"""Simplified boundaries, raster overlays, isochrones."""
