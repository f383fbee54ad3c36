"""Published runs kept as tables: history, retention, trends, challenges."""
