"""What a file is and holds: its kind by its first bytes, its header, its columns, its coordinates, its dangers."""
