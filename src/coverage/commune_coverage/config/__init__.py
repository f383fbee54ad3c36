"""The country file: its models and its loader."""
