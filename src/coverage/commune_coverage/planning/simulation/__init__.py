"""Simulation of planned networks by the pipeline."""
