//! The state's side: register, enrolment, issuance, revocation. One file a use case.
