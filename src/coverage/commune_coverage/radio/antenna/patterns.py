"""Attenuation of sector antennas by direction: the parabolas of 3GPP, and cuts that were measured.

A pattern is known by two cuts through its maximum, one around the mast and one from the zenith to the ground, and is
the sum of both in decibels, at most its greatest attenuation. Angles are those of the antenna: azimuths clockwise from
where it points, elevations downwards from the plane in which it stands upright.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STEPS_PER_DEG = 10
AZIMUTHS_DEG = np.arange(360 * STEPS_PER_DEG + 1) / STEPS_PER_DEG
"""Of the horizontal cut, clockwise from where the antenna points; the last is the first."""
ELEVATIONS_DEG = np.arange(180 * STEPS_PER_DEG + 1) / STEPS_PER_DEG - 90.0
"""Of the vertical cut, downwards from the horizon."""
ALL_ROUND_DEG = 360.0


@dataclass(frozen=True)
class ParabolicCut:
    """A cut of 3GPP: 12 (angle / beamwidth)^2 dB, at most its greatest attenuation.

    Attributes
    ----------
    beamwidth_deg : float, degrees
        Width between the two directions of 3 dB.
    max_attenuation_db : float, dB
        Front-to-back ratio of a horizontal cut, side-lobe attenuation of a vertical one.
    """

    beamwidth_deg: float
    max_attenuation_db: float

    def attenuation_db(self, angle_deg: npt.ArrayLike) -> Floats:
        """Attenuation off the beam.

        Parameters
        ----------
        angle_deg : array_like of float, degrees
            Angle from the middle of the beam, -180 to 180.

        Returns
        -------
        float64, dB
            In the shape of ``angle_deg``, from 0 on.

        Notes
        -----
        3GPP TR 36.942 section 4.2.1, TR 36.814 table A.2.1.1-2 and TR 38.901 table 7.3-1.
        """
        angles = np.asarray(angle_deg, dtype=np.float64)
        return np.minimum(12.0 * (angles / self.beamwidth_deg) ** 2, self.max_attenuation_db)


@dataclass(frozen=True, eq=False)
class AntennaPattern:
    """Two cuts of an antenna, relative to its maximum.

    Attributes
    ----------
    horizontal_db : (azimuths,) float64, dB
        Attenuation at AZIMUTHS_DEG.
    vertical_db : (elevations,) float64, dB
        Attenuation at ELEVATIONS_DEG.
    max_attenuation_db : float, dB
        What both together take at most.
    electrical_tilt_deg : float, degrees
        Electrical tilt that the vertical cut already has.
    """

    horizontal_db: Floats
    vertical_db: Floats
    max_attenuation_db: float
    electrical_tilt_deg: float = 0.0

    def attenuation_db(self, azimuth_deg: npt.ArrayLike, elevation_deg: npt.ArrayLike) -> Floats:
        """Attenuation in the directions of the antenna.

        Parameters
        ----------
        azimuth_deg : array_like of float, degrees
            Clockwise from where the antenna points, any turn.
        elevation_deg : array_like of float, degrees
            Downwards from its horizon, -90 to 90; less by what the electrical tilt differs from that of the cut.

        Returns
        -------
        float64, dB
            In the shape of both, see ``combined_attenuation_db``.
        """
        across = np.interp(np.mod(np.asarray(azimuth_deg, dtype=np.float64), 360.0), AZIMUTHS_DEG, self.horizontal_db)
        down = np.interp(np.asarray(elevation_deg, dtype=np.float64), ELEVATIONS_DEG, self.vertical_db)
        return combined_attenuation_db(across, down, self.max_attenuation_db)


def combined_attenuation_db(horizontal_db: npt.ArrayLike, vertical_db: npt.ArrayLike, max_db: float) -> Floats:
    """Attenuation of a direction from those of both cuts.

    Parameters
    ----------
    horizontal_db, vertical_db : array_like of float, dB
        Attenuation in each cut.
    max_db : float, dB
        Greatest attenuation of the antenna.

    Returns
    -------
    float64, dB
        In the shape of both.

    Notes
    -----
    3GPP TR 38.901 table 7.3-1 and TR 36.814 table A.2.1.1-2: -min(-(A_H + A_V), A_m).
    """
    whole = np.asarray(horizontal_db, dtype=np.float64) + np.asarray(vertical_db, dtype=np.float64)
    return np.minimum(whole, max_db)


TR36942_HORIZONTAL = ParabolicCut(65.0, 20.0)
TR36814_HORIZONTAL, TR36814_VERTICAL = ParabolicCut(70.0, 25.0), ParabolicCut(10.0, 20.0)
TR38901_HORIZONTAL, TR38901_VERTICAL = ParabolicCut(65.0, 30.0), ParabolicCut(65.0, 30.0)


def parabolic_pattern(horizontal: ParabolicCut, vertical: ParabolicCut | None = None) -> AntennaPattern:
    """Pattern of a sector antenna by the parabolas of 3GPP.

    Parameters
    ----------
    horizontal : ParabolicCut
        Cut around the mast; a beamwidth of 360 degrees is an antenna that radiates all round.
    vertical : ParabolicCut, optional
        Cut from the zenith to the ground; without it all elevations are alike.

    Returns
    -------
    AntennaPattern
        Its greatest attenuation is that of the horizontal cut.
    """
    across = np.zeros(len(AZIMUTHS_DEG))
    if horizontal.beamwidth_deg < ALL_ROUND_DEG:
        across = horizontal.attenuation_db(np.minimum(AZIMUTHS_DEG, 360.0 - AZIMUTHS_DEG))
    down = np.zeros(len(ELEVATIONS_DEG)) if vertical is None else vertical.attenuation_db(ELEVATIONS_DEG)
    return AntennaPattern(across, down, horizontal.max_attenuation_db)


def measured_pattern(
    azimuth_deg: Floats,
    horizontal_db: Floats,
    elevation_deg: Floats,
    vertical_db: Floats,
    electrical_tilt_deg: float = 0.0,
) -> AntennaPattern:
    """Pattern of an antenna from cuts that were measured.

    Parameters
    ----------
    azimuth_deg : (n,) float64, degrees
        Angles of the horizontal cut, clockwise from where the antenna points; at least one.
    horizontal_db : (n,) float64, dB
        Attenuation at them.
    elevation_deg : (m,) float64, degrees
        Angles of the vertical cut, downwards from the horizon and all round; none where all elevations are alike.
    vertical_db : (m,) float64, dB
        Attenuation at them.
    electrical_tilt_deg : float, degrees, optional
        Electrical tilt at which it was measured.

    Returns
    -------
    AntennaPattern
        Decibels by straight lines between the angles, the least attenuation of each cut taken as 0 dB. Behind the
        antenna the front half of the vertical cut counts too. The greatest attenuation is that of both cuts.
    """
    across = _closed_cut(azimuth_deg, horizontal_db, AZIMUTHS_DEG)
    down = np.zeros(len(ELEVATIONS_DEG))
    if len(elevation_deg):
        down = _closed_cut(elevation_deg, vertical_db, ELEVATIONS_DEG)
    return AntennaPattern(across, down, float(max(across.max(), down.max())), electrical_tilt_deg)


def _closed_cut(angle_deg: Floats, attenuation_db: Floats, at_deg: Floats) -> Floats:
    """Attenuation at other angles of a whole circle, less the least of the circle."""
    return np.interp(at_deg, angle_deg, attenuation_db, period=360.0) - attenuation_db.min()
