"""Mutation testing: small faults put into the code that makes figures, one at a time, to see which ones tests notice.

``python -m tools.mutants --seed 1 --count 200``; docs/testing.md explains what comes out.
"""
