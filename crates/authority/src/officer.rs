use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::Serialize;
use tanda_model::{OfficerId, Reason};

/// A person who acts for the authority, and why.
#[derive(Clone, Debug)]
pub struct Officer {
    /// Who, as the operating system or the sign-in knows them.
    pub name: String,
    /// Why.
    pub reason: Reason,
    /// The case that the act belongs to.
    pub case_number: Option<String>,
}

impl Officer {
    /// The officer's identifier: until officers have accounts, it follows from the name.
    pub(crate) fn id(&self) -> OfficerId {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"tanda officer ");
        context.update(self.name.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&context.finish().as_ref()[..16]);
        OfficerId::from_bytes(bytes)
    }

    /// An act as it goes into the log of acts: what, when, by whom, why, and `details` (which must
    /// name nobody).
    ///
    /// # Errors
    /// When `details` cannot be written as JSON.
    pub fn act(
        &self,
        kind: &str,
        details: &impl Serialize,
        now: Timestamp,
    ) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Act<'a, D> {
            kind: &'a str,
            at: Timestamp,
            officer: &'a str,
            reason: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            case_number: Option<&'a str>,
            details: &'a D,
        }
        serde_json::to_string(&Act {
            kind,
            at: now,
            officer: &self.name,
            reason: self.reason.as_str(),
            case_number: self.case_number.as_deref(),
            details,
        })
    }
}
