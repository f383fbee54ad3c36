"""The data files that the pages load."""
