//! Whom the world may believe: the trust list, and the certificates of relying parties. In the
//! sandbox one authority is also the trust-list operator, the relying-party CA and the registrar.

mod certify_relying_party;
mod publish_trust_list;

pub use certify_relying_party::{CertifiedRelyingParty, CertifyError, RelyingPartyApplication};
