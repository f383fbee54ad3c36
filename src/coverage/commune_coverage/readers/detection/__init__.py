"""What a file of a stranger is and holds: its sheet, encoding, columns and coordinates."""
