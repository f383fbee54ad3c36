"""Fixed lines: where they are, at which addresses, or what share of an area they reach."""
