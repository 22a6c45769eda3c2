//! The thresholds that ship, each with where it comes from. The tables are in
//! `docs/accuracy/faces.md`, and `tanda accuracy` measures them again on photographs of your own.

/// 1:1, the live face against the register's portrait: at least this similar is the same person.
pub const FACE_MATCH_THRESHOLD: f32 = 0.415;

/// 1:N, is this face already somebody else's? At least this similar is referred to an officer.
pub const DUPLICATE_THRESHOLD: f32 = 0.5;

/// Every two shots of one capture must be at least this similar.
pub const SAME_PERSON_THRESHOLD: f32 = 0.3;

/// The mean liveness of a capture's shots must reach this.
pub const PAD_THRESHOLD: f32 = 0.5;

/// A head within this many degrees to either side looks straight.
pub const STRAIGHT_YAW: f32 = 13.0;

/// A head within this many degrees up or down looks straight. Wide, for phones are held low.
pub const STRAIGHT_PITCH: f32 = 25.0;

/// A head at least this many degrees to a side is turned.
pub const TURNED_YAW: f32 = 18.0;

/// Beyond this many degrees a face is too far turned to be compared.
pub const TURNED_YAW_LIMIT: f32 = 55.0;

/// Both eyes at least this closed, on the eye network's scale of 0 to 1, are closed.
pub const EYES_CLOSED_THRESHOLD: f32 = 0.8;
