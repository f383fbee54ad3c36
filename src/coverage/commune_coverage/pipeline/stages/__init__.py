"""What each stage does: artifacts read, pure functions called, artifacts written."""
