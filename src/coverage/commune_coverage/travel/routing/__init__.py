"""Shortest paths over roads and open ground."""
