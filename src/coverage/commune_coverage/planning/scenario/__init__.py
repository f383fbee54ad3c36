"""Scenario and cost files."""
