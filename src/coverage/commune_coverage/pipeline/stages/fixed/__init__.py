"""Fixed lines at places, summed by commune."""
