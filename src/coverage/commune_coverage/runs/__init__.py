"""A run: its name, its folders and its lock."""
