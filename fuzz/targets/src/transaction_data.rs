//! Transaction data: what a wallet takes it can show in full, for a credential that is asked with its
//! holder's proof; the hash covers the text as it was sent.

use tanda_credential::b64;
use tanda_credential::sd_jwt::ClaimPath;
use tanda_protocol::vp::dcql::DcqlQuery;
use tanda_protocol::vp::transaction::TransactionData;

use crate::fixture::VCT;

/// A short agreement.
pub const MAX_LEN: usize = 384;

/// Takes the JSON of one entry.
pub fn run(data: &[u8]) -> Option<()> {
    let query = DcqlQuery::card(&[VCT], &[ClaimPath::name("given_name")]).unwrap();
    let encoded = b64::encode(data);
    let read = TransactionData::read_all(std::slice::from_ref(&encoded), &query).ok()?;
    let [entry] = read.as_slice() else { panic!("another number of entries") };
    assert_eq!(entry.encoded, encoded);
    assert!(entry.credential_ids.iter().all(|id| id == "card") && !entry.credential_ids.is_empty());
    let again = TransactionData::new(entry.kind.clone(), entry.credential_ids.clone()).unwrap();
    let again = TransactionData::read_all(&[again.encoded], &query).unwrap();
    assert_eq!(again[0].kind, entry.kind);
    Some(())
}
