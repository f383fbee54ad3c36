"""File types by their first bytes, dangerous content, limits."""
