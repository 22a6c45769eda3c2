//! What an officer is told when they may not do something.

use axum::http::StatusCode;
use tanda_authority::{NotAllowed, ReadError};
use tanda_model::{OfficerRole, Reason, ReasonError};

use crate::problem::Problem;

impl From<NotAllowed> for Problem {
    fn from(refused: NotAllowed) -> Self {
        match refused {
            NotAllowed::Role { role, action } => {
                let others: Vec<String> =
                    action.permitted_roles().map(|role| a(role).to_owned()).collect();
                Self::new(
                    StatusCode::FORBIDDEN,
                    "role-not-permitted",
                    "Not permitted to this role",
                    format!("As {}, you may not {action}. Ask {}.", a(role), others.join(" or ")),
                )
            }
            NotAllowed::NotFresh { action } => Self::new(
                StatusCode::FORBIDDEN,
                "fresh-sign-in-needed",
                "Use your passkey again",
                format!("To {action}, use your passkey once more; then try again."),
            ),
            NotAllowed::OwnMatter => Self::new(
                StatusCode::FORBIDDEN,
                "own-matter",
                "Your own matter",
                "This is about yourself. Nobody acts in their own matter: ask a colleague.",
            ),
            NotAllowed::OwnEntry => Self::new(
                StatusCode::FORBIDDEN,
                "own-entry",
                "You entered this record",
                "You entered or corrected this resident's record, so somebody else decides. Ask a \
                 colleague.",
            ),
            NotAllowed::OwnProposal => Self::new(
                StatusCode::FORBIDDEN,
                "own-proposal",
                "You proposed this",
                "Whoever proposes something does not decide on it. Ask a colleague, or withdraw it.",
            ),
            NotAllowed::NotOwnProposal => Self::new(
                StatusCode::FORBIDDEN,
                "not-own-proposal",
                "A colleague proposed this",
                "Only whoever proposed something takes it back. A supervisor can decline it.",
            ),
            NotAllowed::NotOwnExport => Self::new(
                StatusCode::FORBIDDEN,
                "not-own-export",
                "A colleague's export",
                "Only whoever proposed an export fetches it. Propose one for a case of your own.",
            ),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotAllowed(refused) => refused.into(),
            ReadError::Fault(cause) => cause.into(),
        }
    }
}

/// A stated reason.
pub(super) fn reason(text: &str) -> Result<Reason, Problem> {
    text.parse().map_err(|error: ReasonError| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "reason-missing",
            "A reason is needed",
            match error {
                ReasonError::TooShort => {
                    "State why, in a sentence that somebody else can judge \
                                          later: eight characters at least."
                }
                ReasonError::TooLong => "State the reason in at most 500 characters.",
                ReasonError::Unprintable => "State the reason on one line.",
            },
        )
    })
}

const fn a(role: OfficerRole) -> &'static str {
    match role {
        OfficerRole::Clerk => "a clerk",
        OfficerRole::Supervisor => "a supervisor",
        OfficerRole::Auditor => "an auditor",
        OfficerRole::Administrator => "an administrator",
    }
}

#[cfg(test)]
mod tests {
    use tanda_model::Action;

    use super::*;

    #[test]
    fn a_refusal_says_who_may() {
        let refused =
            NotAllowed::Role { role: OfficerRole::Auditor, action: Action::DecideApplications };
        let text = serde_json::to_value(Problem::from(refused)).unwrap();
        let wanted = "As an auditor, you may not decide applications. Ask a clerk or a supervisor.";
        assert_eq!(text["detail"], wanted);
    }
}
