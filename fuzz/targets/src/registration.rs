//! Registration certificates: one that is accepted is the registrar's, in force, and bound to this
//! access certificate; it permits its own claims and never another relying party's pseudonym.

use tanda_credential::CLOCK_SKEW;
use tanda_credential::sd_jwt::ClaimPath;
use tanda_protocol::registration::{REGISTRATION_TYP, Registration};
use tanda_protocol::vp::dcql::DcqlQuery;

use crate::fixture::{FIXTURE, ISSUER, VCT, now, same_again, token};

/// A registration for a hotel.
pub const MAX_LEN: usize = 1280;

/// Takes a token, or the payload of one that is to be signed.
pub fn run(data: &[u8]) -> Option<()> {
    let anchors = [FIXTURE.anchor.clone()];
    let token = token(REGISTRATION_TYP, data)?;
    let registration = Registration::verify(&token, &anchors, FIXTURE.client, now()).ok()?;
    assert_eq!(registration.registrar, ISSUER);
    assert_eq!(registration.access_certificate, FIXTURE.client.hash());
    assert!(registration.issued_at.duration_since(now()) <= CLOCK_SKEW);
    assert!(now().duration_since(registration.expires_at) < CLOCK_SKEW);
    same_again(&registration, |written| serde_json::from_slice(written).ok());

    let permits = |path: ClaimPath| {
        let query = DcqlQuery::card(&[VCT], &[path]).ok()?;
        Some(registration.permits(&query).is_ok())
    };
    let own = registration.relying_party.as_str();
    for path in &registration.claims {
        let pseudonym = path.0.first() == ClaimPath::name("pseudonyms").0.first();
        let others = pseudonym && *path != ClaimPath::names(["pseudonyms", own]);
        assert!(permits(path.clone()).is_none_or(|permitted| permitted != others), "{path:?}");
    }
    let other = ClaimPath::names(["pseudonyms".to_owned(), format!("{own}-other")]);
    assert_eq!(permits(other), Some(false));
    Some(())
}
