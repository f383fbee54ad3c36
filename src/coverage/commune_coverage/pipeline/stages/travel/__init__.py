"""Travel times of every populated place, tile by tile."""
