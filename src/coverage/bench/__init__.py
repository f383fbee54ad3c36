"""Speed and memory against peers, as a command: ratios with their spread, never lone seconds."""
