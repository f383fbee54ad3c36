"""Values of cells: text, numbers, codes, coordinates, duplicates."""
