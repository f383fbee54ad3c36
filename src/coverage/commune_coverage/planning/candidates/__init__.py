"""What could be built or upgraded, where, and at what cost."""
