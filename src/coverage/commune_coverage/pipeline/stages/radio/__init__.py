"""Received power and throughput of every populated place, tile by tile."""
