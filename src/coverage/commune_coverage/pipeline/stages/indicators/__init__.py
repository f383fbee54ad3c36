"""Sums by commune and the indicators made of them."""
