//! A printed sheet of one-time codes, for whoever has no smartphone: a card that the authority
//! holds for them. Each code opens one copy of it, once, to the relying party to which it was
//! handed over; what that may see is what a wallet would have shown it.

mod issue;
mod present;

pub use issue::{IssueSheetError, Sheet};
pub use present::{PresentSheetError, SheetRequest};

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use tanda_protocol::vp::sheet_code::SheetCode;

use crate::Authority;
use crate::sealing::{DataKey, Label};

/// Codes of a sheet.
pub const CODES: usize = 20;
/// How long they are good, in days from the day of issuance.
pub const DAYS: i32 = 90;

/// What a copy is sealed as, under a key that follows from its code.
const COPY: &str = "sheet.copy";
/// There is one copy a code, and no code has two.
const NOBODY: [u8; 16] = [0; 16];

/// A copy and the key that it is bound to.
#[derive(Serialize, Deserialize)]
struct SheetCopy {
    credential: String,
    /// PKCS #8, base64url.
    key: String,
}

impl Authority {
    /// The tag by which a code is found, and the key that opens its copy. Neither follows from the
    /// other, and neither from the store.
    fn opened_by(&self, code: &SheetCode) -> (Vec<u8>, DataKey) {
        let follow = |what: &[u8]| {
            let mut context = hmac::Context::with_key(&self.keys.codes);
            context.update(what);
            context.update(code.expose().as_bytes());
            let mut bytes = [0; 32];
            bytes.copy_from_slice(context.sign().as_ref());
            bytes
        };
        (follow(b"tanda sheet tag ").to_vec(), DataKey::of_secret(follow(b"tanda sheet copy ")))
    }
}

const fn label() -> Label<'static> {
    Label::new(COPY, &NOBODY)
}
