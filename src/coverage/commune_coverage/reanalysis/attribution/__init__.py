"""Why the figures of two runs differ: one input swapped at a time, parts that add up to the whole change."""
