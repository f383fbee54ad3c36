"""Inputs and outputs held to limits: manifest, input versions, plausibility, output checks, diffs."""
