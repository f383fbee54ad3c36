"""Past runs computed again: replay and the attribution of changes."""
