//! Whether a registration still holds: the registrar's status list, which the asker brings along.
//!
//! A wallet that fetched the list itself would tell the registrar when somebody is about to show a
//! card. So the asker fetches it and puts it beside the certificate, as a server staples the answer
//! of its certificate authority (RFC 6066 section 8). See docs/decisions/0021-suspended-at-once.md.

use jiff::{SignedDuration, Timestamp};
use tanda_credential::status_list::{self, Status};
use tanda_credential::x509::Certificate;

use super::{Registration, RegistrationError};

/// How long a list says that a registration holds, from its signature on. No tolerance for clocks is
/// added at the end: this is how long an asker that hides its suspension could go on.
pub const STANDING_LIFE: SignedDuration = SignedDuration::from_mins(1);

impl Registration {
    /// Whether the registration holds by this status list, which came with the request or was fetched.
    ///
    /// # Errors
    /// [`RegistrationError`]: suspended, withdrawn, or nothing fresh that says that it holds.
    pub fn must_stand(
        &self,
        status_list: Option<&str>,
        registrar_anchors: &[Certificate],
        now: Timestamp,
    ) -> Result<(), RegistrationError> {
        let Some(status) = &self.status else { return Ok(()) };
        let who = || self.name.en.clone();
        let reference = &status.status_list;
        let says = status_list.and_then(|token| {
            let signatory = &self.registrar;
            let (claims, list) =
                status_list::verify_under(token, &reference.uri, signatory, registrar_anchors, now)
                    .ok()?;
            let fresh = now.duration_since(claims.issued_at) <= STANDING_LIFE;
            fresh.then(|| list.status(reference.idx).ok()).flatten()
        });
        match says {
            Some(Status::Valid) => Ok(()),
            Some(Status::Suspended) => Err(RegistrationError::Suspended { who: who() }),
            Some(Status::Invalid) => Err(RegistrationError::Withdrawn { who: who() }),
            Some(Status::Other(_)) | None => Err(RegistrationError::StandingUnknown { who: who() }),
        }
    }

    /// Where the status list of this registration is.
    #[must_use]
    pub fn status_uri(&self) -> Option<&str> {
        self.status.as_ref().map(|status| status.status_list.uri.as_str())
    }
}

#[cfg(test)]
mod tests {
    use tanda_credential::jose::SigningKey;
    use tanda_credential::sd_jwt_vc::StatusReference;
    use tanda_credential::status_list::{Bits, StatusList, StatusListClaims};
    use tanda_model::PurposeId;

    use super::*;
    use crate::registration::RegistrationStatus;
    use crate::testing::{later, now};
    use crate::vp::fixture::{Pki, REGISTRAR, leaf_under, registration, request};
    use crate::vp::request::VerifierInfo;

    const LIST: &str = "https://authority.example/registration-status/0";

    fn list(uri: &str, status: Status, at: i64, signer: &SigningKey) -> String {
        let mut list = StatusList::new(Bits::Two, 16);
        list.set(7, status).unwrap();
        let claims = StatusListClaims {
            uri: uri.to_owned(),
            issued_at: later(at),
            expires_at: Some(later(at + 600)),
            ttl: Some(15),
        };
        status_list::sign(&claims, &list.encode().unwrap(), signer).unwrap()
    }

    fn listed(access: &Pki) -> Registration {
        let status_list = StatusReference { idx: 7, uri: LIST.to_owned() };
        Registration {
            status: Some(RegistrationStatus { status_list }),
            ..registration(PurposeId::HotelCheckIn, "hotel-nansha", access.client())
        }
    }

    #[test]
    fn what_the_list_says_counts_while_it_is_fresh_and_the_registrars() {
        let (registrar, access) = (Pki::new(50, &[REGISTRAR]), Pki::new(60, &[]));
        let hotel = listed(&access);
        let stands = |token: Option<&str>, at: i64| {
            hotel.must_stand(token, std::slice::from_ref(&registrar.anchor), later(at))
        };
        let who = "Nansha Harbour Hotel".to_owned();
        let unknown = Err(RegistrationError::StandingUnknown { who: who.clone() });
        let valid = list(LIST, Status::Valid, 0, &registrar.leaf);
        assert_eq!(stands(Some(&valid), 0), Ok(()));
        assert_eq!(stands(Some(&valid), 60), Ok(()));
        assert_eq!(stands(Some(&valid), 61), unknown, "an old list is no proof");
        assert_eq!(stands(None, 0), unknown, "nor is none");
        let suspended = list(LIST, Status::Suspended, 0, &registrar.leaf);
        let refused = Err(RegistrationError::Suspended { who: who.clone() });
        assert_eq!(stands(Some(&suspended), 1), refused);
        let withdrawn = list(LIST, Status::Invalid, 0, &registrar.leaf);
        assert_eq!(stands(Some(&withdrawn), 1), Err(RegistrationError::Withdrawn { who }));
        let another = list(
            "https://authority.example/registration-status/1",
            Status::Valid,
            0,
            &registrar.leaf,
        );
        assert_eq!(stands(Some(&another), 1), unknown, "another list");
        let stranger = list(LIST, Status::Valid, 0, &access.leaf);
        assert_eq!(stands(Some(&stranger), 1), unknown, "signed by the asker itself");
        // A leaf under the registrar's own authority that does not bear its address.
        let below = leaf_under(&registrar.ca.0, &registrar.ca.1, 77, &["https://hotel.example"]);
        let below = list(LIST, Status::Valid, 0, &below);
        assert_eq!(stands(Some(&below), 1), unknown, "signed by another under the registrar");
    }

    #[test]
    fn a_request_must_bring_one_list_for_a_registration_that_has_one() {
        let (registrar, access) = (Pki::new(50, &[REGISTRAR]), Pki::new(60, &[]));
        let token = listed(&access).sign(&registrar.leaf).unwrap();
        let mut asked = request(access.client(), &token);
        let read = |asked: &_| {
            Registration::of_request(asked, std::slice::from_ref(&registrar.anchor), now())
        };
        assert!(matches!(read(&asked), Err(RegistrationError::StandingUnknown { .. })));
        let valid = list(LIST, Status::Valid, 0, &registrar.leaf);
        let stapled = VerifierInfo::registration_status(&valid);
        asked.verifier_info.push(stapled.clone());
        assert_eq!(read(&asked).unwrap().status_uri(), Some(LIST));
        asked.verifier_info.push(stapled);
        assert!(
            matches!(read(&asked), Err(RegistrationError::StandingUnknown { .. })),
            "two are none"
        );
        asked.verifier_info.clear();
        assert_eq!(read(&asked), Err(RegistrationError::Missing));
    }
}
