//! Angles as 256ths of a turn, counter-clockwise: they wrap around by themselves.

use core::f32::consts::TAU;

use super::grid::nearest;

/// An angle, in 256ths of a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Angle(pub(super) u8);

impl Angle {
    /// The angle of a direction.
    pub(super) fn of(dx: f32, dy: f32) -> Self {
        Self::from_radians(dy.atan2(dx))
    }

    /// The angle of a direction, to a tenth of a part before it is rounded: by arithmetic alone, for where
    /// it is asked a thousand times (S. Rajan et al., "Efficient approximations for the arctangent
    /// function", IEEE Signal Processing Magazine 23(3), 2006).
    #[expect(clippy::cast_possible_truncation, reason = "from -32 to 288")]
    pub(super) fn about(dx: f32, dy: f32) -> Self {
        let (across, down) = (dx.abs(), dy.abs());
        let (less, more) = if down > across { (across, down) } else { (down, across) };
        let slope = if more > 0.0 { less / more } else { 0.0 };
        let mut parts = slope * (32.0 + (1.0 - slope) * (9.97 + 2.70 * slope));
        if down > across {
            parts = 64.0 - parts;
        }
        if dx < 0.0 {
            parts = 128.0 - parts;
        }
        if dy < 0.0 {
            parts = 256.0 - parts;
        }
        Self(((parts + 0.5) as i32).to_le_bytes()[0])
    }

    pub(super) fn from_radians(radians: f32) -> Self {
        let parts = nearest(radians / TAU * 256.0);
        Self(parts.rem_euclid(256).try_into().unwrap_or_default())
    }

    pub(super) fn radians(self) -> f32 {
        f32::from(self.0) * (TAU / 256.0)
    }

    /// How far it is from another's direction to this one.
    pub(super) const fn minus(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    /// The other way round.
    pub(super) const fn opposite(self) -> Self {
        Self(self.0.wrapping_add(128))
    }

    /// The smaller of the two ways between two angles: 0 to 128.
    pub(super) const fn distance(self, other: Self) -> u8 {
        let ahead = self.0.wrapping_sub(other.0);
        if ahead <= 128 { ahead } else { ahead.wrapping_neg() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_wrap_around() {
        assert_eq!(Angle::of(1.0, 0.0), Angle(0));
        assert_eq!(Angle::of(0.0, 1.0), Angle(64));
        assert_eq!(Angle::of(-1.0, -0.0001), Angle(128));
        assert_eq!(Angle::of(1.0, -0.0001), Angle(0));
        assert_eq!(Angle(3).minus(Angle(250)), Angle(9));
        for (dx, dy) in (-60..60).flat_map(|dx| (-60..60).map(move |dy| (dx as f32, dy as f32))) {
            let apart = Angle::about(dx, dy).distance(Angle::of(dx, dy));
            assert!(apart <= 1, "{dx} {dy}");
        }
        assert_eq!(Angle(3).distance(Angle(250)), 9);
        assert_eq!(Angle(250).distance(Angle(3)), 9);
        assert_eq!(Angle(0).distance(Angle(128)), 128);
        assert_eq!(Angle(200).opposite(), Angle(72));
        assert!((Angle(64).radians() - core::f32::consts::FRAC_PI_2).abs() < 1e-6);
    }
}
