"""Coverage that operators declare: read, cut into tiles, and looked up at positions."""
