"""Extended Hata in the open, written out for the tests: what the shipped radios take for the country."""

from __future__ import annotations

import math


def open_country_db(mhz: float, height_m: float, km: float) -> float:
    """ITU-R Report SM.2028 for masts from 30 m, receivers at 1.5 m, and 0.1 to 20 km; neither at 1,400 to 1,600 MHz.

    Beyond 3 GHz the loss rises as in free space.
    """
    log_f, log_h, log_2 = math.log10(mhz), math.log10(height_m), math.log10(min(mhz, 2000))
    fixed = 69.6 + 26.2 * log_f if mhz < 1400 else 46.3 + 33.9 * log_2
    fixed += 10 * math.log10(max(min(mhz, 3000) / 2000, 1)) + 20 * math.log10(max(mhz / 3000, 1))
    loss = fixed - 13.82 * log_h - (1.1 * log_f - 0.7) * 1.5 + 1.56 * log_f - 0.8
    return loss + (44.9 - 6.55 * log_h) * math.log10(km) - 4.78 * log_2**2 + 18.33 * log_2 - 40.94
