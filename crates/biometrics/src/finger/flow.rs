//! How far ridges run one way over a picture: a finger's bend, those of stripes, cloth and wood hardly do.

use super::grid::Grid;

/// 1 where all ridges run in one direction or in two across each other, 0 where they run in all
/// directions alike; 0 as well where there are none.
///
/// It is the length of the mean of unit vectors, each at four times an angle of the ridges (K. V. Mardia
/// and P. E. Jupp, *Directional Statistics*, 2000): twice, as opposite directions are one orientation,
/// and twice again, as the threads of cloth are one thing whichever of them is seen. Ridges of an arch
/// rise and fall by 30 degrees or more, so that their vectors point to everywhere.
pub(super) fn one_way(ridged: &Grid<bool>, orientations: &Grid<f32>) -> f32 {
    let (mut cosine, mut sine, mut count) = (0.0, 0.0, 0.0);
    for (_, orientation) in
        ridged.cells().iter().zip(orientations.cells()).filter(|(ridged, _)| **ridged)
    {
        let (up, right) = (4.0 * orientation).sin_cos();
        cosine += right;
        sine += up;
        count += 1.0;
    }
    if count > 0.0 { cosine.hypot(sine) / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use core::f32::consts::{FRAC_PI_2, PI};

    use super::*;
    use crate::finger::ImpressionRefusal;
    use crate::finger::textures::Texture;

    fn of(orientation: impl Fn(usize, usize) -> f32) -> f32 {
        let all = Grid::filled(20, 20, true);
        one_way(&all, &Grid::each(20, 20, |x, y| orientation(x, y).rem_euclid(PI)))
    }

    #[test]
    fn one_direction_and_two_across_are_one_way_and_an_arch_is_not() {
        assert!(of(|_, _| 0.3) > 0.999);
        assert!(of(|x, y| 0.3 + if (x + y) % 2 == 0 { 0.0 } else { FRAC_PI_2 }) > 0.999);
        // From 30 degrees up to 30 degrees down, from the left to the right.
        assert!(of(|x, _| (30.0 - 60.0 * x as f32 / 19.0).to_radians()) < 0.5);
        // Rings around a centre; a square has more of them in its corners.
        assert!(of(|x, y| (y as f32 - 9.5).atan2(x as f32 - 9.5)) < 0.3);
        let (none, some) = (Grid::filled(2, 2, false), Grid::filled(2, 2, 0.3));
        assert!(one_way(&none, &some) < 0.001);
    }

    #[test]
    fn stripes_cloth_and_wood_are_no_finger() {
        for texture in Texture::ALL {
            let refusals: Vec<_> =
                (0..40).map(|seed| texture.drawn(seed).usable_template().err()).collect();
            let told = refusals.iter().filter(|it| **it == Some(ImpressionRefusal::NotAFinger));
            let told = told.count();
            assert!(!refusals.contains(&None), "{texture:?}: {refusals:?}");
            // Of cloth with both threads alike no direction is seen, and so no ridges.
            let least = if matches!(texture, Texture::Cloth) { 20 } else { 40 };
            assert!(told >= least, "{texture:?}: {told} of 40: {refusals:?}");
        }
    }
}
