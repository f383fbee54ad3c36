"""The themes, their classes and colours."""
