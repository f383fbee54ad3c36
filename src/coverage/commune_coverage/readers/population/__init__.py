"""People from rasters, points, polygons and tables."""
