"""What is shown: publications, one link that says which is shown now, and why a night is held back."""
