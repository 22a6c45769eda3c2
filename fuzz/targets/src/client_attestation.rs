//! Wallet attestations with their proof of possession, in both drafts: an accepted one is the listed
//! provider's, for a day at most, shown by the attested key to this server, with names and
//! identifiers that a store can keep.

use tanda_credential::CLOCK_SKEW;
use tanda_credential::jose::Signer as _;
use tanda_protocol::oauth::client_attestation::{
    AttestationDraft, Attester, Attesters, ExpectedAttestation, MAX_LIFE, Possession, verify,
};
use tanda_protocol::oauth::{IssuerUrl, Window};

use crate::fixture::{FIXTURE, ISSUER, issued, now, signed, text};

/// The claims of both.
pub const MAX_LEN: usize = 768;

const ATTESTATION: &str = "oauth-client-attestation+jwt";
const POSSESSION: &[u8] = br#"{"alg":"ES256","typ":"oauth-client-attestation-pop+jwt"}"#;

/// Takes the claims of an attestation and those of its proof, a line each, both to be signed; or two
/// tokens.
pub fn run(data: &[u8]) -> Option<()> {
    let (attestation, possession) = text(data)?.split_once('\n')?;
    let (attestation, possession) = if attestation.starts_with('{') {
        tanda_credential::json::parse_object(possession.as_bytes()).ok()?;
        let possession = signed(POSSESSION, possession.as_bytes(), &FIXTURE.holder);
        (issued(ATTESTATION, attestation.as_bytes())?, possession)
    } else {
        (attestation.to_owned(), possession.to_owned())
    };
    let provider =
        Attester { issuer: ISSUER.to_owned(), certificates: FIXTURE.leaf.x5c().to_vec() };
    let attesters = Attesters::new(vec![provider]).unwrap();
    let audience = IssuerUrl::parse(ISSUER).unwrap();
    let accepted = |draft| {
        let expected = ExpectedAttestation {
            draft,
            attesters: &attesters,
            audience: &audience,
            client_id: None,
            window: Window::CLIENT_ATTESTATION_POP,
            now: now(),
        };
        verify(&attestation, Possession::Jwt(&possession), &expected).ok()
    };
    let client =
        accepted(AttestationDraft::Draft07).or_else(|| accepted(AttestationDraft::Draft12))?;
    assert_eq!(client.attester, ISSUER);
    assert!(client.instance_key.same_key(FIXTURE.holder.public()), "forged");
    assert_eq!(client.instance_thumbprint, FIXTURE.holder.public().thumbprint());
    let left = client.expires_at.duration_since(now());
    assert!(-CLOCK_SKEW < left && left <= MAX_LIFE + CLOCK_SKEW);
    for name in [Some(&client.client_id), client.account.as_ref()].into_iter().flatten() {
        assert!((1..=256).contains(&name.len()));
    }
    assert!((1..=128).contains(&client.replay?.jti.len()));
    Some(())
}
