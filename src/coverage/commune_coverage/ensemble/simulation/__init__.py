"""Truths that are known, networks of which a part is hidden, and how often the intervals hold."""
