"""Which candidates in which year: greedy choice, local search, the mixed-integer programme and its bound."""
