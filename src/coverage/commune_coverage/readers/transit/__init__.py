"""Timetables of buses."""
