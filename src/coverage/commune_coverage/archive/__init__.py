"""Published runs stored as tables: history, retention, trends, challenges."""
