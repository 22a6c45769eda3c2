//! Who acts for the authority, by what right, and why: a parameter of every act on its data.

use aws_lc_rs::digest;
use tanda_model::{Action, CaseNumber, OfficerId, OfficerRole, Reason, ResidentId, permits};
use tanda_storage::authority::officers::OfficerRow;
use tanda_storage::{Authority as Role, Reader, StorageError, Tx};

use crate::Fault;

/// A person who acts for the authority, and why.
#[derive(Clone, Debug)]
pub struct Officer {
    right: Right,
    reason: Reason,
    case_number: Option<CaseNumber>,
}

/// By what right somebody acts.
#[derive(Clone, Debug)]
enum Right {
    /// Signed in at the console: what the role permits.
    Account(SignedIn),
    /// At the authority's own machine, with its store and its keys: nothing could be withheld, and
    /// everything is recorded.
    Custody {
        /// As they call themselves.
        name: String,
    },
}

/// An officer who is signed in at the console.
#[derive(Clone, Debug)]
pub struct SignedIn {
    id: OfficerId,
    role: OfficerRole,
    number_tag: Option<Vec<u8>>,
    /// The passkey was used within the last minutes.
    fresh: bool,
}

/// Why an officer may not do something. Says what, never about whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The role does not permit it.
    #[error("the role {role} may not {action}")]
    Role {
        /// The officer's role.
        role: OfficerRole,
        /// What was tried.
        action: Action,
    },
    /// The passkey was used too long ago.
    #[error("to {action}, an officer signs in afresh")]
    NotFresh {
        /// What was tried.
        action: Action,
    },
    /// The officer is the resident.
    #[error("nobody acts in their own matter; somebody else has to")]
    OwnMatter,
    /// The officer entered or corrected the resident's record.
    #[error("nobody decides on what they entered themselves; somebody else has to")]
    OwnEntry,
    /// The officer proposed it.
    #[error("nobody decides on what they proposed themselves; somebody else has to")]
    OwnProposal,
    /// Another officer proposed it.
    #[error("nobody takes back what somebody else proposed")]
    NotOwnProposal,
    /// Another officer proposed the export.
    #[error("nobody fetches what somebody else proposed to export")]
    NotOwnExport,
}

/// Why an officer is not shown something.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The officer may not see it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ReadError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl SignedIn {
    /// The officer of an account; `fresh` when the passkey was used within the last minutes.
    pub(crate) fn of(account: &OfficerRow, fresh: bool) -> Self {
        Self { id: account.id, role: account.role, number_tag: account.number_tag.clone(), fresh }
    }

    /// An officer for tests, signed in just now.
    #[cfg(test)]
    pub(crate) fn just_now(role: OfficerRole, number_tag: Option<Vec<u8>>) -> Self {
        let id = custodian_id(role.as_str());
        Self { id, role, number_tag, fresh: true }
    }

    /// Who.
    pub const fn id(&self) -> OfficerId {
        self.id
    }

    /// Whether the officer may do something.
    ///
    /// # Errors
    /// [`NotAllowed`]
    pub fn may(&self, action: Action) -> Result<(), NotAllowed> {
        if !permits(self.role, action) {
            Err(NotAllowed::Role { role: self.role, action })
        } else if action.needs_fresh_sign_in() && !self.fresh {
            Err(NotAllowed::NotFresh { action })
        } else {
            Ok(())
        }
    }

    /// Whether the matter of the resident number with this tag is another person's.
    ///
    /// # Errors
    /// [`NotAllowed::OwnMatter`]
    pub(crate) fn must_not_be(&self, number_tag: &[u8]) -> Result<(), NotAllowed> {
        if self.is_tagged(number_tag) { Err(NotAllowed::OwnMatter) } else { Ok(()) }
    }

    /// Whether a resident number's tag is the officer's own.
    pub(crate) fn is_tagged(&self, number_tag: &[u8]) -> bool {
        self.number_tag.as_deref() == Some(number_tag)
    }

    /// The officer, acting for a reason.
    pub fn acting(self, reason: Reason, case_number: Option<CaseNumber>) -> Officer {
        Officer { right: Right::Account(self), reason, case_number }
    }
}

impl Officer {
    /// Whoever works at the authority's own machine, under the name that they give.
    pub fn custodian(name: &str, reason: Reason, case_number: Option<CaseNumber>) -> Self {
        Self { right: Right::Custody { name: name.trim().to_owned() }, reason, case_number }
    }

    /// Who. A custodian's identifier follows from the name.
    pub fn id(&self) -> OfficerId {
        match &self.right {
            Right::Account(account) => account.id,
            Right::Custody { name } => custodian_id(name),
        }
    }

    /// Why. The resident whom the act is about is shown it.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The case that the act belongs to.
    pub const fn case_number(&self) -> Option<&CaseNumber> {
        self.case_number.as_ref()
    }

    /// As what, in the log's words.
    pub(crate) const fn role(&self) -> &'static str {
        match &self.right {
            Right::Account(account) => account.role.as_str(),
            Right::Custody { .. } => "custodian",
        }
    }

    /// Whether the officer may do something.
    ///
    /// # Errors
    /// [`NotAllowed`]
    pub fn may(&self, action: Action) -> Result<(), NotAllowed> {
        match &self.right {
            Right::Account(account) => account.may(action),
            Right::Custody { .. } => Ok(()),
        }
    }

    /// The same officer, acting for what a colleague stated.
    pub(crate) fn acting_for(&self, reason: Reason, case_number: CaseNumber) -> Self {
        Self { right: self.right.clone(), reason, case_number: Some(case_number) }
    }

    /// Whether the matter of the resident number with this tag is another person's.
    ///
    /// # Errors
    /// [`NotAllowed::OwnMatter`]
    pub(crate) fn must_not_be(&self, number_tag: &[u8]) -> Result<(), NotAllowed> {
        match &self.right {
            Right::Account(account) => account.must_not_be(number_tag),
            Right::Custody { .. } => Ok(()),
        }
    }

    /// Whether every one of these residents is another person.
    pub(crate) async fn must_be_none_of<E: From<NotAllowed> + From<StorageError>>(
        &self,
        reader: &mut Reader<'_, Role>,
        residents: &[ResidentId],
    ) -> Result<(), E> {
        for resident in residents {
            if let Some(tag) = reader.number_tag_of(*resident).await? {
                self.must_not_be(&tag)?;
            }
        }
        Ok(())
    }

    /// The tag of the officer's own resident number, if they have one here.
    pub(crate) fn own_number_tag(&self) -> Option<&[u8; 32]> {
        match &self.right {
            Right::Account(account) => account.number_tag.as_deref()?.try_into().ok(),
            Right::Custody { .. } => None,
        }
    }

    /// Whether the officer entered or corrected the resident's record. A custodian's hand counts
    /// for nothing: who has the store and the keys could do without this question.
    pub(crate) async fn has_entered(
        &self,
        reader: &mut Reader<'_, Role>,
        resident: ResidentId,
    ) -> Result<bool, StorageError> {
        match &self.right {
            Right::Account(account) => reader.had_a_hand(account.id, resident).await,
            Right::Custody { .. } => Ok(false),
        }
    }

    /// Remembers that the officer entered or corrected the resident's record.
    pub(crate) async fn note_hand(
        &self,
        tx: &mut Tx<'_, Role>,
        resident: ResidentId,
    ) -> Result<(), StorageError> {
        match &self.right {
            Right::Account(account) => tx.note_hand(account.id, resident).await,
            Right::Custody { .. } => Ok(()),
        }
    }
}

fn custodian_id(name: &str) -> OfficerId {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"tanda officer ");
    context.update(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&context.finish().as_ref()[..16]);
    OfficerId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clerk() -> SignedIn {
        SignedIn::just_now(OfficerRole::Clerk, Some(vec![7; 32]))
    }

    #[test]
    fn the_role_and_the_age_of_the_sign_in_decide() {
        let clerk = clerk();
        assert_eq!(clerk.may(Action::DecideApplications), Ok(()));
        let action = Action::InviteOfficers;
        let refused = clerk.may(action);
        assert_eq!(refused, Err(NotAllowed::Role { role: OfficerRole::Clerk, action }));
        let mut administrator = SignedIn { role: OfficerRole::Administrator, ..clerk };
        assert_eq!(administrator.may(action), Ok(()));
        administrator.fresh = false;
        assert_eq!(administrator.may(action), Err(NotAllowed::NotFresh { action }));
    }

    #[test]
    fn nobody_is_their_own_officer() {
        let officer = clerk().acting("a test of the rule".parse().unwrap(), None);
        assert_eq!(officer.must_not_be(&[7; 32]), Err(NotAllowed::OwnMatter));
        assert_eq!(officer.must_not_be(&[8; 32]), Ok(()));
    }

    #[test]
    fn custodians_are_told_apart_by_their_names_alone() {
        let custodian =
            |name, reason: &str| Officer::custodian(name, reason.parse().unwrap(), None);
        let (one, same) =
            (custodian("Wu Lan", "a test of names"), custodian(" Wu Lan ", "another test of them"));
        assert_eq!(one.id(), same.id());
        assert_ne!(one.id(), custodian("Wu Lin", "a test of names").id());
        assert_eq!(one.role(), "custodian");
        assert_eq!(one.may(Action::InviteOfficers), Ok(()));
    }
}
