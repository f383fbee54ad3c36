"""Why the figures of two nights differ: one input swapped at a time, and parts that add up to the whole change."""
