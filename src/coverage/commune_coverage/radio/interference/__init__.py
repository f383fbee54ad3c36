"""What other cells add to the noise."""
