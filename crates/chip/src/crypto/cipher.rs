//! Ciphers, message authentication and key derivation of chips (Doc 9303-11 sections 9.7 and 9.8).

use aes::cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, Iv, KeyInit};
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt};
use aes::{Aes128, Aes192, Aes256};
use aws_lc_rs::cmac;
use des::{Des, TdesEde2};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::hash::Hash;

/// How secure messaging is encrypted and authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// Triple DES with two keys, and the retail MAC (ISO/IEC 9797-1 algorithm 3).
    TripleDes,
    /// AES with 128 bits, and CMAC.
    Aes128,
    /// AES with 192 bits, and CMAC.
    Aes192,
    /// AES with 256 bits, and CMAC.
    Aes256,
}

/// What a key is derived for: the counter of the derivation (Doc 9303-11 section 9.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// Encryption.
    Encryption = 1,
    /// Message authentication.
    Authentication = 2,
    /// Encrypting PACE's nonce under the password.
    Password = 3,
}

/// A key. Wiped when it is dropped.
pub type Key = Zeroizing<Vec<u8>>;

impl Cipher {
    /// Every one of them, the weakest first.
    pub const ALL: [Self; 4] = [Self::TripleDes, Self::Aes128, Self::Aes192, Self::Aes256];

    /// The bytes of a block, and of the send sequence counter.
    pub const fn block(self) -> usize {
        match self {
            Self::TripleDes => 8,
            _ => 16,
        }
    }

    /// Derives a key from a shared secret (Doc 9303-11 section 9.7.1).
    pub fn derive(self, secret: &[u8], usage: KeyUse) -> Key {
        let input = Zeroizing::new([secret, &[0, 0, 0, usage as u8]].concat());
        let (hash, length) = match self {
            Self::TripleDes | Self::Aes128 => (Hash::Sha1, 16),
            Self::Aes192 => (Hash::Sha256, 24),
            Self::Aes256 => (Hash::Sha256, 32),
        };
        let mut key = Zeroizing::new(hash.digest(&input));
        key.truncate(length);
        if self == Self::TripleDes {
            for byte in key.iter_mut() {
                *byte ^= u8::from(byte.count_ones().is_multiple_of(2));
            }
        }
        key
    }

    /// Pads to whole blocks (ISO/IEC 9797-1 padding method 2): `80`, then zeros.
    pub fn pad(self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        out.push(0x80);
        out.resize(out.len().next_multiple_of(self.block()), 0);
        out
    }

    /// Takes the padding off; `None` where there is none.
    pub fn unpad(self, bytes: &[u8]) -> Option<&[u8]> {
        let end = bytes.iter().rposition(|byte| *byte != 0)?;
        let short_enough = bytes.len() - end <= self.block();
        (short_enough && bytes.get(end) == Some(&0x80)).then(|| bytes.get(..end)).flatten()
    }

    /// Encrypts whole blocks in CBC mode; `None` if they aren't whole.
    pub fn encrypt(self, key: &[u8], iv: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::TripleDes => encrypt_cbc(TdesEde2::new_from_slice(key).ok()?, iv, bytes),
            Self::Aes128 => encrypt_cbc(Aes128::new_from_slice(key).ok()?, iv, bytes),
            Self::Aes192 => encrypt_cbc(Aes192::new_from_slice(key).ok()?, iv, bytes),
            Self::Aes256 => encrypt_cbc(Aes256::new_from_slice(key).ok()?, iv, bytes),
        }
    }

    /// Decrypts whole blocks in CBC mode; `None` if they aren't whole.
    pub fn decrypt(self, key: &[u8], iv: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::TripleDes => decrypt_cbc(TdesEde2::new_from_slice(key).ok()?, iv, bytes),
            Self::Aes128 => decrypt_cbc(Aes128::new_from_slice(key).ok()?, iv, bytes),
            Self::Aes192 => decrypt_cbc(Aes192::new_from_slice(key).ok()?, iv, bytes),
            Self::Aes256 => decrypt_cbc(Aes256::new_from_slice(key).ok()?, iv, bytes),
        }
    }

    /// The eight bytes that authenticate `bytes`: padded and under the retail MAC for triple DES, the
    /// first half of CMAC for AES (Doc 9303-11 sections 4.4.3.4 and 9.8). `None` for a key of another
    /// length.
    pub fn mac(self, key: &[u8], bytes: &[u8]) -> Option<[u8; 8]> {
        let algorithm = match self {
            Self::TripleDes => return retail_mac(key, &self.pad(bytes)),
            Self::Aes128 => cmac::AES_128,
            Self::Aes192 => cmac::AES_192,
            Self::Aes256 => cmac::AES_256,
        };
        let tag = cmac::sign(&cmac::Key::new(algorithm, key).ok()?, bytes).ok()?;
        tag.as_ref().first_chunk().copied()
    }

    /// Whether `mac` authenticates `bytes`; takes as long for every wrong one.
    pub fn authentic(self, key: &[u8], bytes: &[u8], mac: &[u8]) -> bool {
        self.mac(key, bytes).is_some_and(|expected| expected.ct_eq(mac).into())
    }
}

fn encrypt_cbc<C: BlockCipherEncrypt>(cipher: C, iv: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    let (blocks, []) = Block::<C>::slice_as_chunks_mut(&mut out) else { return None };
    let iv: &Iv<cbc::Encryptor<C>> = iv.try_into().ok()?;
    cbc::Encryptor::inner_iv_init(cipher, iv).encrypt_blocks(blocks);
    Some(out)
}

fn decrypt_cbc<C: BlockCipherDecrypt>(cipher: C, iv: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    let (blocks, []) = Block::<C>::slice_as_chunks_mut(&mut out) else { return None };
    let iv: &Iv<cbc::Decryptor<C>> = iv.try_into().ok()?;
    cbc::Decryptor::inner_iv_init(cipher, iv).decrypt_blocks(blocks);
    Some(out)
}

/// DES in CBC mode under the first key; the last block once more through both keys.
fn retail_mac(key: &[u8], padded: &[u8]) -> Option<[u8; 8]> {
    let (first, second) = key.split_at_checked(8)?;
    let (first, second) = (Des::new_from_slice(first).ok()?, Des::new_from_slice(second).ok()?);
    let chained = encrypt_cbc(first.clone(), &[0; 8], padded)?;
    let mut last: Block<Des> = chained.last_chunk::<8>()?.to_owned().into();
    second.decrypt_block(&mut last);
    first.encrypt_block(&mut last);
    Some(last.into())
}

#[cfg(test)]
mod tests {
    use hex::decode;

    use super::*;

    fn of_hex(text: &str) -> Vec<u8> {
        decode(text).unwrap()
    }

    /// Doc 9303-11 appendix D.1 (from the MRZ's seed), D.3 (session keys) and G.1 (AES).
    #[test]
    fn keys_are_derived_as_in_the_worked_examples() {
        let derived = |cipher: Cipher, secret, usage| {
            hex::encode_upper(cipher.derive(&of_hex(secret), usage))
        };
        let seed = "239AB9CB282DAF66231DC5A4DF6BFBAE";
        assert_eq!(
            derived(Cipher::TripleDes, seed, KeyUse::Encryption),
            "AB94FDECF2674FDFB9B391F85D7F76F2"
        );
        assert_eq!(
            derived(Cipher::TripleDes, seed, KeyUse::Authentication),
            "7962D9ECE03D1ACD4C76089DCE131543"
        );
        let session = "0036D272F5C350ACAC50C3F572D23600";
        assert_eq!(
            derived(Cipher::TripleDes, session, KeyUse::Encryption),
            "979EC13B1CBFE9DCD01AB0FED307EAE5"
        );
        assert_eq!(
            derived(Cipher::TripleDes, session, KeyUse::Authentication),
            "F1CB1F1FB5ADF208806B89DC579DC1F8"
        );
        let agreed = "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925";
        assert_eq!(
            derived(Cipher::Aes128, agreed, KeyUse::Encryption),
            "F5F0E35C0D7161EE6724EE513A0D9A7F"
        );
        assert_eq!(
            derived(Cipher::Aes128, agreed, KeyUse::Authentication),
            "FE251C7858B356B24514B3BD5F4297D1"
        );
    }

    /// Doc 9303-11 appendix D.3.
    #[test]
    fn triple_des_encrypts_and_authenticates_as_in_the_worked_example() {
        let key = of_hex("AB94FDECF2674FDFB9B391F85D7F76F2");
        let plain = of_hex("781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B");
        let cipher = of_hex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2");
        assert_eq!(Cipher::TripleDes.encrypt(&key, &[0; 8], &plain), Some(cipher.clone()));
        assert_eq!(Cipher::TripleDes.decrypt(&key, &[0; 8], &cipher), Some(plain));
        let key = of_hex("7962D9ECE03D1ACD4C76089DCE131543");
        let mac = of_hex("5F1448EEA8AD90A7");
        assert!(Cipher::TripleDes.authentic(&key, &cipher, &mac));
        assert!(!Cipher::TripleDes.authentic(&key, &cipher, &[0; 8]));
        assert!(!Cipher::TripleDes.authentic(&key, &cipher, mac.get(..7).unwrap()));
    }

    #[test]
    fn padding_that_is_none_is_refused() {
        let cipher = Cipher::TripleDes;
        assert_eq!(cipher.unpad(&cipher.pad(b"abc")), Some(&b"abc"[..]));
        assert_eq!(cipher.unpad(&cipher.pad(b"")), Some(&b""[..]));
        assert_eq!(cipher.unpad(&[0; 8]), None);
        assert_eq!(cipher.unpad(&[1, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(cipher.unpad(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn blocks_have_to_be_whole() {
        assert_eq!(Cipher::Aes128.encrypt(&[0; 16], &[0; 16], &[0; 15]), None);
        assert_eq!(Cipher::Aes256.decrypt(&[0; 32], &[0; 16], &[0; 17]), None);
    }
}
