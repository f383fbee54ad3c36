"""What the pages draw: boundaries, raster overlays, points."""
