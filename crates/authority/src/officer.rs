use aws_lc_rs::digest;
use tanda_model::{OfficerId, Reason};

/// A person who acts for the authority, and why.
#[derive(Clone, Debug)]
pub struct Officer {
    /// Who, as the operating system or the sign-in knows them. It stays out of the log.
    pub name: String,
    /// Why. The resident whom the act is about is shown it.
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

    /// As what the officer acts: until officers have accounts, as whoever has the machine.
    pub(crate) const fn role(&self) -> &'static str {
        "custodian"
    }
}
