//! Credential offers and the links that carry them: by value, the offer comes through the link
//! unchanged; by reference, the address is secure.

use tanda_protocol::oauth::is_secure;
use tanda_protocol::vci::{CredentialOffer, OfferLink};

use crate::fixture::text;

/// An offer in a link, escaped.
pub const MAX_LEN: usize = 768;

/// Takes an offer's JSON, or a link.
pub fn run(data: &[u8]) -> Option<()> {
    let link = match data {
        [b'{', ..] => OfferLink::ByValue(CredentialOffer::parse(data).ok()?),
        _ => OfferLink::parse(text(data)?).ok()?,
    };
    match (&link, OfferLink::parse(&link.to_uri()).unwrap()) {
        (OfferLink::ByValue(offer), OfferLink::ByValue(again)) => {
            assert_eq!(again.to_json(), offer.to_json());
            let ids = &offer.credential_configuration_ids;
            assert!((1..=64).contains(&ids.len()));
        }
        (OfferLink::ByReference(url), OfferLink::ByReference(again)) => {
            assert!(is_secure(url));
            assert_eq!(again, *url);
        }
        _ => panic!("another kind of offer"),
    }
    Some(())
}
