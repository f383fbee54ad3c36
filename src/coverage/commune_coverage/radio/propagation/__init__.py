"""Propagation models behind one small interface, each with its valid range and source."""
