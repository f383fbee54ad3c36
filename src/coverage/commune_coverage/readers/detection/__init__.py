"""What a file is and holds: its header, columns and coordinates."""
