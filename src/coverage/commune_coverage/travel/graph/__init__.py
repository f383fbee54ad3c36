"""The road network as a graph."""
