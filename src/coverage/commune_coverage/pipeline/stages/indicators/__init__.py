"""The indicators made of sums by commune."""
