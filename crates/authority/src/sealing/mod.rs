//! Sealing personal data at rest: AES-256-GCM under a key of the person's own, which a master key
//! wraps.
//!
//! - Every sealed value is bound to a [`Label`], which says what it is and whose. A value that was
//!   moved to another row, or passed off as something else, does not open.
//! - Erasing a person's wrapped key erases everything that was sealed under it.
//! - A wrapped key names the master key that wrapped it, so that the master can be rotated: new
//!   wraps use the current one, old ones still open, and re-wrapping needs no resealing.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use aws_lc_rs::hkdf;
use rand::CryptoRng;
use zeroize::Zeroizing;

/// The first byte of everything sealed, so that another cipher can follow.
const VERSION: u8 = 1;
const KEY: usize = 32;
const TAG: usize = 16;
const KEY_ID: usize = 8;

/// What a sealed value is, and whose.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a> {
    kind: &'static str,
    owner: &'a [u8; 16],
    part: u32,
}

/// A key of one person or one application. Wiped when dropped, never printed.
pub struct DataKey(Zeroizing<[u8; KEY]>);

/// Wraps data keys.
pub struct Sealing {
    current: Master,
    older: Vec<Master>,
}

struct Master {
    id: [u8; KEY_ID],
    secret: hkdf::Prk,
}

/// A sealed value or a wrapped key does not open: damaged, moved, or of another master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not in the form of anything that is sealed here.
    #[error("a sealed value is damaged")]
    Malformed,
    /// Wrapped by a master key that is not at hand.
    #[error("a key was wrapped by a master key that is not in the key folder")]
    UnknownMaster,
    /// Changed, or not what or whose it was said to be.
    #[error("a sealed value is not what it should be")]
    Forged,
}

impl<'a> Label<'a> {
    /// A value of this kind (`resident.record`), of this owner.
    pub const fn new(kind: &'static str, owner: &'a [u8; 16]) -> Self {
        Self { kind, owner, part: 0 }
    }

    /// One of several values of the kind.
    pub const fn part(self, part: u32) -> Self {
        Self { part, ..self }
    }

    /// No two labels have the same bytes: everything after the kind has a fixed length.
    fn bytes(self) -> Vec<u8> {
        [b"tanda seal 1 ", self.kind.as_bytes(), &[0], self.owner, &self.part.to_be_bytes()]
            .concat()
    }
}

impl DataKey {
    /// A fresh key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; KEY]);
        rng.fill_bytes(key.as_mut());
        Self(key)
    }

    /// The key that somebody else's secret stands for; it is kept nowhere.
    pub(crate) fn of_secret(secret: [u8; KEY]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// Seals `plaintext` under `label`: version, nonce, ciphertext, tag.
    pub fn seal(&self, label: Label<'_>, plaintext: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        seal(&self.0, &[VERSION], &label.bytes(), plaintext, rng)
    }

    /// Opens what was sealed under `label`.
    ///
    /// # Errors
    /// [`SealError`] when it is damaged, or was sealed under another label or key.
    pub fn open(&self, label: Label<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let body = sealed.strip_prefix(&[VERSION]).ok_or(SealError::Malformed)?;
        open(&self.0, &[VERSION], &label.bytes(), body)
    }
}

impl core::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl core::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Sealing({} older)", self.older.len())
    }
}

impl Sealing {
    /// Wraps and unwraps with this master key.
    pub fn new(master: &[u8; KEY]) -> Self {
        Self { current: Master::new(master), older: Vec::new() }
    }

    /// Also unwraps what this master key, since rotated out, has wrapped.
    #[must_use]
    pub fn with_older(mut self, master: &[u8; KEY]) -> Self {
        self.older.push(Master::new(master));
        self
    }

    /// Wraps a data key for its owner: version, master's identifier, nonce, ciphertext, tag.
    pub fn wrap(&self, key: &DataKey, owner: &[u8; 16], rng: &mut impl CryptoRng) -> Vec<u8> {
        let header = [&[VERSION][..], &self.current.id].concat();
        let wrapping = self.current.wrapping_key(owner);
        seal(&wrapping, &header, &Label::new("key", owner).bytes(), &key.0[..], rng)
    }

    /// Unwraps the data key of its owner.
    ///
    /// # Errors
    /// [`SealError`] when it is damaged, somebody else's, or of an unknown master key.
    pub fn unwrap_key(&self, wrapped: &[u8], owner: &[u8; 16]) -> Result<DataKey, SealError> {
        let (header, body) = wrapped.split_at_checked(1 + KEY_ID).ok_or(SealError::Malformed)?;
        if header[0] != VERSION {
            return Err(SealError::Malformed);
        }
        let master = core::iter::once(&self.current)
            .chain(&self.older)
            .find(|master| master.id == header[1..])
            .ok_or(SealError::UnknownMaster)?;
        let wrapping = master.wrapping_key(owner);
        let key = open(&wrapping, header, &Label::new("key", owner).bytes(), body)?;
        let mut data_key = Zeroizing::new([0; KEY]);
        if key.len() != KEY {
            return Err(SealError::Malformed);
        }
        data_key.copy_from_slice(&key);
        Ok(DataKey(data_key))
    }

    /// Whether the key was wrapped by the current master key; if not, wrap it again.
    pub fn is_current(&self, wrapped: &[u8]) -> bool {
        wrapped.get(1..=KEY_ID) == Some(&self.current.id[..])
    }
}

impl Master {
    fn new(master: &[u8; KEY]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"tanda master key identifier");
        context.update(master);
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&context.finish().as_ref()[..KEY_ID]);
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"tanda master key").extract(master);
        Self { id, secret }
    }

    /// A wrapping key per owner: random nonces under one key would run out at 2^32 wraps (NIST SP
    /// 800-38D section 8.3), and a country's register is within sight of that.
    fn wrapping_key(&self, owner: &[u8; 16]) -> Zeroizing<[u8; KEY]> {
        let mut key = Zeroizing::new([0; KEY]);
        let info = [&b"wrap"[..], owner];
        let filled = self
            .secret
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|expanded| expanded.fill(key.as_mut()));
        // Fails for outputs over 255 digests only.
        debug_assert!(filled.is_ok(), "32 bytes are one digest");
        key
    }
}

fn cipher(key: &[u8; KEY]) -> LessSafeKey {
    // Fails for keys of another length only, which the type rules out.
    #[expect(clippy::expect_used, reason = "the length is in the type")]
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes"))
}

fn seal(
    key: &[u8; KEY],
    header: &[u8],
    label: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    rng.fill_bytes(&mut nonce);
    let start = header.len() + NONCE_LEN;
    let mut sealed = Vec::with_capacity(start + plaintext.len() + TAG);
    sealed.extend_from_slice(header);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plaintext);
    let aad = Aad::from([header, label].concat());
    let nonce = Nonce::assume_unique_for_key(nonce);
    // Fails for more than 64 GB only.
    #[expect(clippy::expect_used, reason = "no record is near the cipher's limit")]
    let tag = cipher(key)
        .seal_in_place_separate_tag(nonce, aad, &mut sealed[start..])
        .expect("under 64 GB");
    sealed.extend_from_slice(tag.as_ref());
    sealed
}

fn open(
    key: &[u8; KEY],
    header: &[u8],
    label: &[u8],
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (nonce, sealed) = body.split_at_checked(NONCE_LEN).ok_or(SealError::Malformed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Malformed)?;
    let aad = Aad::from([header, label].concat());
    let mut text = Zeroizing::new(sealed.to_vec());
    let length =
        cipher(key).open_in_place(nonce, aad, &mut text).map_err(|_| SealError::Forged)?.len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const ALICE: [u8; 16] = [1; 16];
    const BOB: [u8; 16] = [2; 16];

    #[test]
    fn what_is_moved_or_passed_off_does_not_open() {
        let mut rng = StdRng::seed_from_u64(1);
        let key = DataKey::generate(&mut rng);
        let label = Label::new("resident.record", &ALICE);
        let sealed = key.seal(label, b"canary", &mut rng);
        assert_eq!(key.open(label, &sealed).unwrap().as_slice(), b"canary");
        for other in [
            Label::new("resident.record", &BOB),
            Label::new("resident.portrait", &ALICE),
            label.part(1),
        ] {
            assert_eq!(key.open(other, &sealed).unwrap_err(), SealError::Forged);
        }
        let other_key = DataKey::generate(&mut rng);
        assert_eq!(other_key.open(label, &sealed).unwrap_err(), SealError::Forged);
    }

    #[test]
    fn a_wrapped_key_opens_for_its_owner_under_its_master_only() {
        let mut rng = StdRng::seed_from_u64(1);
        let sealing = Sealing::new(&[7; 32]);
        let key = DataKey::generate(&mut rng);
        let wrapped = sealing.wrap(&key, &ALICE, &mut rng);
        assert_eq!(*sealing.unwrap_key(&wrapped, &ALICE).unwrap().0, *key.0);
        assert_eq!(sealing.unwrap_key(&wrapped, &BOB).unwrap_err(), SealError::Forged);
        let stranger = Sealing::new(&[8; 32]);
        assert_eq!(stranger.unwrap_key(&wrapped, &ALICE).unwrap_err(), SealError::UnknownMaster);
    }

    #[test]
    fn a_rotated_master_still_opens_and_is_known_to_be_old() {
        let mut rng = StdRng::seed_from_u64(1);
        let old = Sealing::new(&[7; 32]);
        let key = DataKey::generate(&mut rng);
        let wrapped = old.wrap(&key, &ALICE, &mut rng);
        let new = Sealing::new(&[8; 32]).with_older(&[7; 32]);
        let unwrapped = new.unwrap_key(&wrapped, &ALICE).unwrap();
        assert!(!new.is_current(&wrapped));
        let again = new.wrap(&unwrapped, &ALICE, &mut rng);
        assert!(new.is_current(&again));
        assert_eq!(*new.unwrap_key(&again, &ALICE).unwrap().0, *key.0);
    }

    #[test]
    fn a_text_sealed_twice_looks_different_and_nothing_shows_through() {
        let mut rng = StdRng::seed_from_u64(1);
        let key = DataKey::generate(&mut rng);
        let label = Label::new("resident.record", &ALICE);
        let (one, two) =
            (key.seal(label, b"canary-4711", &mut rng), key.seal(label, b"canary-4711", &mut rng));
        assert_ne!(one, two);
        assert!(!one.windows(6).any(|window| window == b"canary"));
        assert_eq!(format!("{key:?}"), "DataKey(…)");
    }

    proptest! {
        #[test]
        fn one_wrong_bit_and_nothing_opens(text: Vec<u8>, at: prop::sample::Index, bit in 0_u8..8) {
            let mut rng = StdRng::seed_from_u64(1);
            let key = DataKey::generate(&mut rng);
            let label = Label::new("evidence.frame", &ALICE).part(3);
            let mut sealed = key.seal(label, &text, &mut rng);
            let opened = key.open(label, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), text.as_slice());
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(key.open(label, &sealed).is_err());
        }

        #[test]
        fn no_bytes_make_opening_panic(bytes: Vec<u8>) {
            let key = DataKey::generate(&mut StdRng::seed_from_u64(1));
            prop_assert!(key.open(Label::new("x", &ALICE), &bytes).is_err());
            prop_assert!(Sealing::new(&[7; 32]).unwrap_key(&bytes, &ALICE).is_err());
        }
    }
}
