"""Communes, their topology, codes, and shares of raster cells."""
