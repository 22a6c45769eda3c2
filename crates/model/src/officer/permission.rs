use core::fmt;

use super::OfficerRole;
use super::OfficerRole::{Administrator, Auditor, Clerk, Supervisor};

macro_rules! actions {
    ($($(#[$meaning:meta])* $name:ident($word:literal): $words:literal, $roles:expr, $fresh:ident;)*) => {
        /// What an officer can do at the console. What isn't listed here cannot be done there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$meaning])* $name,)* }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word for the action in messages.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it is, to be read after "may": `decide applications`.
            pub const fn in_words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }

            /// Whether it can't be taken back, or gives power away: then a sign-in of some minutes
            /// ago is not enough, and the passkey is asked for again.
            pub const fn needs_fresh_sign_in(self) -> bool {
                match self { $(Self::$name => Freshness::$fresh.is_needed(),)* }
            }

            const fn roles(self) -> &'static [OfficerRole] {
                match self { $(Self::$name => &$roles,)* }
            }
        }
    };
}

#[derive(Clone, Copy)]
enum Freshness {
    /// Any sign-in will do.
    Any,
    /// The passkey is asked for again.
    Fresh,
}

impl Freshness {
    const fn is_needed(self) -> bool {
        matches!(self, Self::Fresh)
    }
}

// The one table of permissions, printed in docs/security/permissions.md.
actions! {
    /// Sees that applications wait, since when and why.
    SeeApplications("see_applications"): "see which applications wait", [Clerk, Supervisor], Any;
    /// Looks at an application's evidence and decides.
    DecideApplications("decide_applications"): "decide applications", [Clerk, Supervisor], Any;
    /// The same where the face may be that of another resident.
    DecideLookalikes("decide_lookalikes"):
        "decide applications whose face may be another resident's", [Supervisor], Any;
    /// Looks somebody up by number, for a case: masked.
    LookUpResidents("look_up_residents"): "look residents up", [Clerk, Supervisor], Any;
    /// Sees the whole record of somebody who was looked up.
    UnmaskResidents("unmask_residents"):
        "see a resident's whole record", [Clerk, Supervisor], Any;
    /// Suspends a card, and restores it.
    SuspendCards("suspend_cards"): "suspend and restore cards", [Clerk, Supervisor], Any;
    /// Revokes a card for good.
    RevokeCards("revoke_cards"): "revoke cards", [Supervisor], Fresh;
    /// Prints a sheet of one-time codes for somebody at the counter, in place of their card.
    IssueSheets("issue_sheets"): "issue sheets of codes", [Clerk, Supervisor], Any;
    /// Notes that a physical card is lost, or found.
    MarkCardsLost("mark_cards_lost"): "note that a physical card is lost", [Clerk, Supervisor], Any;
    /// Marks a resident as deceased, with which their card is revoked.
    MarkDeceased("mark_deceased"): "mark residents as deceased", [Supervisor], Fresh;
    /// Puts somebody into the register by hand.
    AddResidents("add_residents"): "add residents", [Clerk, Supervisor], Any;
    /// Sees what waits for a second officer, and takes back what they proposed themselves.
    SeeProposals("see_proposals"):
        "see what waits for a second officer", [Clerk, Supervisor], Any;
    /// Looks at what a colleague proposed, and declines it.
    ReviewProposals("review_proposals"):
        "review and decline what a colleague proposed", [Supervisor], Any;
    /// Confirms what a colleague proposed, with which it is done.
    ConfirmProposals("confirm_proposals"):
        "confirm what a colleague proposed", [Supervisor], Fresh;
    /// Proposes to suspend, restore or revoke many cards.
    ProposeCardActs("propose_card_acts"):
        "propose to suspend, restore or revoke many cards", [Clerk, Supervisor], Any;
    /// Brings a register file, and proposes to add the people in it.
    ProposeImports("propose_imports"):
        "propose to add residents from a file", [Clerk, Supervisor], Any;
    /// Proposes to correct a record, or to merge two of one person.
    ProposeCorrections("propose_corrections"):
        "propose to correct or merge records", [Clerk, Supervisor], Any;
    /// Proposes that records leave the register as a file.
    ProposeExports("propose_exports"):
        "propose to export records", [Clerk, Supervisor], Any;
    /// Fetches the file that a colleague confirmed.
    FetchExports("fetch_exports"):
        "fetch an export that was confirmed", [Clerk, Supervisor], Fresh;
    /// Reads what residents report relying parties for, and settles it.
    SettleReports("settle_reports"):
        "settle reports of relying parties", [Clerk, Supervisor], Any;
    /// Sees the relying parties, what they may ask for and what they apply for.
    SeeRelyingParties("see_relying_parties"):
        "see the relying parties", [Clerk, Supervisor, Auditor, Administrator], Any;
    /// Decides what an organisation may ask of residents, or that it may ask no more.
    RegisterRelyingParties("register_relying_parties"):
        "register, change and end relying parties", [Supervisor, Administrator], Fresh;
    /// Lets a relying party ask for nothing for now, and ask again.
    SuspendRelyingParties("suspend_relying_parties"):
        "suspend and restore relying parties", [Supervisor, Administrator], Any;
    /// Sees how many applications there were, what came of them, and how long they waited.
    SeeFigures("see_figures"):
        "see the figures", [Clerk, Supervisor, Auditor, Administrator], Any;
    /// Sees who the officers are.
    SeeOfficers("see_officers"): "see who the officers are", [Auditor, Administrator], Any;
    /// Invites an officer, or gives one who lost their passkey a new link.
    InviteOfficers("invite_officers"): "invite officers", [Administrator], Fresh;
    /// Takes an officer's account away for good.
    RetireOfficers("retire_officers"): "retire officers", [Administrator], Fresh;
    /// Gives an officer another role.
    ChangeRoles("change_roles"): "change officers' roles", [Administrator], Fresh;
}

/// Whether a role may do something.
pub fn permits(role: OfficerRole, action: Action) -> bool {
    action.roles().contains(&role)
}

impl Action {
    /// Who may do it.
    pub fn permitted_roles(self) -> impl Iterator<Item = OfficerRole> {
        self.roles().iter().copied()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_words())
    }
}

#[cfg(test)]
mod tests {
    use super::Action::*;
    use super::*;

    /// Role by role, what the table above says action by action: a permission changes only where
    /// both are changed.
    #[test]
    fn the_matrix_in_full() {
        let may = |role| -> Vec<Action> {
            Action::ALL.iter().copied().filter(|action| permits(role, *action)).collect()
        };
        let both = [LookUpResidents, UnmaskResidents, SuspendCards];
        let last = [SettleReports, SeeRelyingParties];
        let register = [RegisterRelyingParties, SuspendRelyingParties];
        let clerk = [
            &[SeeApplications, DecideApplications][..],
            &both,
            &[IssueSheets, MarkCardsLost, AddResidents, SeeProposals, ProposeCardActs],
            &[ProposeImports, ProposeCorrections, ProposeExports, FetchExports],
            &last,
            &[SeeFigures],
        ];
        assert_eq!(may(Clerk), clerk.concat());
        let supervisor = [
            &[SeeApplications, DecideApplications, DecideLookalikes][..],
            &both,
            &[RevokeCards, IssueSheets, MarkCardsLost, MarkDeceased, AddResidents],
            &[SeeProposals, ReviewProposals, ConfirmProposals, ProposeCardActs, ProposeImports],
            &[ProposeCorrections, ProposeExports, FetchExports],
            &last,
            &register,
            &[SeeFigures],
        ];
        assert_eq!(may(Supervisor), supervisor.concat());
        assert_eq!(may(Auditor), [SeeRelyingParties, SeeFigures, SeeOfficers]);
        let officers = [SeeFigures, SeeOfficers, InviteOfficers, RetireOfficers, ChangeRoles];
        let administrator = [&[SeeRelyingParties][..], &register, &officers];
        assert_eq!(may(Administrator), administrator.concat());
    }

    #[test]
    fn nothing_is_for_nobody_and_words_differ() {
        let mut words = std::collections::BTreeSet::new();
        for action in Action::ALL {
            assert!(action.permitted_roles().next().is_some(), "{action:?}");
            assert!(words.insert(action.as_str()), "{action:?}");
        }
    }
}
