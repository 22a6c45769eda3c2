//! The thresholds that ship, each with where it comes from. The tables are in
//! `docs/accuracy/faces.md`, and `tanda accuracy` measures them again on photographs of your own.

/// 1:1, the live face against the register's portrait: at least this similar is the same person.
///
/// Measured on 1,583 photographs of 844 people. One photograph against another (1,250,180 impostor
/// pairs): FMR 1e-4, which NIST SP 800-63-4 allows at most, lies at .415. The mean of five against
/// one, which is what a capture is compared as: FMR 1e-4 lies at .431, for a mean is a little like
/// everybody. At .44 the five have FMR 5e-5 and FNMR 0.5 %, one photograph FMR 3.2e-5 and FNMR
/// 3.9 %. Among people of one country, sex and age FMR is higher: never go below .415.
pub const FACE_MATCH_THRESHOLD: f32 = 0.44;

/// 1:N at the least: see [`duplicate_threshold`]. Measured FMR 1e-5.
pub const DUPLICATE_THRESHOLD: f32 = 0.46;

/// 1:N, is this face already somebody else's? At least this similar to any of `enrolled` faces is
/// referred to an officer, never refused by itself.
///
/// Chances of a false hit grow with the faces searched, so the threshold does too: it aims at one
/// false referral in a hundred applicants. From the measured tail (.415 at 1e-4, .442 at 3e-5, .462
/// at 1e-5, .471 at 5e-6) a tenth of the false matches costs .045; normal tails fall faster, so
/// beyond what could be measured (1e-6) this errs towards fewer false referrals. It ends at .62,
/// where two photographs of one person in three still match and captures of five frames mostly do.
#[must_use]
pub fn duplicate_threshold(enrolled: usize) -> f32 {
    const AT_ONE_IN_TEN_THOUSAND: f32 = 0.415;
    const PER_TENFOLD: f32 = 0.045;
    const LIMIT: f32 = 0.62;
    // One in a hundred applicants over `enrolled` comparisons each.
    let tenfolds = (enrolled.max(1) as f32).log10() + 2.0 - 4.0;
    (AT_ONE_IN_TEN_THOUSAND + PER_TENFOLD * tenfolds).clamp(DUPLICATE_THRESHOLD, LIMIT)
}

/// Every two shots of one capture must be at least this similar: FMR 1e-3, lower than for 1:1
/// because turned heads are compared with straight ones, and because a swap in the middle of a
/// capture must get past the comparison with the register as well.
pub const SAME_PERSON_THRESHOLD: f32 = 0.36;

/// The mean liveness of a capture's shots must reach this.
///
/// Of single photographs 9.7 % stay below it (mostly press pictures of low quality, cropped closer
/// than the network wants), of means of five photographs of one person none in 63. It stops prints;
/// it does not stop screens.
pub const PAD_THRESHOLD: f32 = 0.5;

/// A head within this many degrees to either side looks straight.
pub const STRAIGHT_YAW: f32 = 13.0;

/// A head within this many degrees up or down looks straight. Wide, for phones are held low.
pub const STRAIGHT_PITCH: f32 = 25.0;

/// A head at least this many degrees to a side is turned. The network's own uncertainty (a picture
/// against its mirror image) is 0.5 degrees at the median and 2.7 at the 95th percentile.
pub const TURNED_YAW: f32 = 18.0;

/// Beyond this many degrees a face is too far turned to be compared.
pub const TURNED_YAW_LIMIT: f32 = 55.0;

/// Both eyes at least this closed, on the eye network's scale of 0 to 1, are closed. Of 1,583
/// photographs the straight ones reach it in 1.9 %: people who blink, squint or laugh.
pub const EYES_CLOSED_THRESHOLD: f32 = 0.8;

/// Two fingers or more, each against the enrolled impression that is most like it: the mean of the
/// fingers' scores must reach this. FMR 1e-4 lies at 17.1; one impostor in 100,800 tries does, and none
/// that reach [`EACH_FINGER_THRESHOLD`] as well. With both FNMR is 5.5 %, with this alone it would be
/// 0.7 %: see `docs/accuracy/fingers.md`.
pub const FINGERS_MATCH_THRESHOLD: f32 = 18.0;

/// And each of the fingers must reach this by itself, so that one finger of somebody's is not enough: of
/// tries with one finger of theirs and one of a stranger's 0.3 % pass, where by the mean 90 % would.
/// FMR 1e-3 of two single impressions lies at 16.3.
pub const EACH_FINGER_THRESHOLD: f32 = 16.0;

/// Two impressions under different names that are at least this alike are of one finger. One of
/// 11,520 pairs of different fingers is (23.3; the next are at 17.9).
pub const SAME_FINGER_THRESHOLD: f32 = 20.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_duplicate_threshold_grows_with_the_gallery() {
        assert_eq!(duplicate_threshold(0), DUPLICATE_THRESHOLD);
        assert!((duplicate_threshold(10_000) - 0.505).abs() < 1e-4);
        assert!((duplicate_threshold(1_000_000) - 0.595).abs() < 1e-4);
        assert_eq!(duplicate_threshold(usize::MAX), 0.62);
    }

    #[test]
    fn no_threshold_is_below_what_was_measured_as_safe() {
        const { assert!(FACE_MATCH_THRESHOLD >= 0.415 && DUPLICATE_THRESHOLD >= FACE_MATCH_THRESHOLD) };
        const { assert!(TURNED_YAW > STRAIGHT_YAW) };
    }
}
