"""Words, numbers and sentences in each language."""
