"""Stages that write results in the formats that others open."""
