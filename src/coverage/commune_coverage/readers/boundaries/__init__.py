"""The study area, changes of codes, and shares of raster cells."""
