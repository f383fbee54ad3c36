"""Values of cells: numbers, codes, coordinates, duplicates."""
