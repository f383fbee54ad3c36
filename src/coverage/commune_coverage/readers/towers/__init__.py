"""Cells, base stations and sites."""
