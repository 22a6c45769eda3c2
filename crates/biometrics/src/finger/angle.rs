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
        assert_eq!(Angle(3).distance(Angle(250)), 9);
        assert_eq!(Angle(250).distance(Angle(3)), 9);
        assert_eq!(Angle(0).distance(Angle(128)), 128);
        assert_eq!(Angle(200).opposite(), Angle(72));
        assert!((Angle(64).radians() - core::f32::consts::FRAC_PI_2).abs() < 1e-6);
    }
}
