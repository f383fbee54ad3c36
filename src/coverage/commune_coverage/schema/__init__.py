"""Every column, declared once."""
