"""What everything else stands on: errors, quarantine, files, compiled loops, memory, the event log."""
