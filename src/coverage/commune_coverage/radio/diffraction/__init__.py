"""Loss over the real ground: delta-Bullington diffraction over a terrain profile."""
