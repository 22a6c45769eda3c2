//! Whom this wallet believes: the trust list, read once and kept ready.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tanda_credential::{
    log::LogVerifier,
    sd_jwt_vc::{TrustedIssuer, TrustedIssuers},
    trust_list::{self, TrustListError},
    x509::Certificate,
};
use tanda_protocol::vp::code::{CodePrefix, ShortCode};
use url::Url;

use crate::{WalletState, http::Request};

/// What a trust list says to a wallet.
#[derive(Debug)]
pub struct Trust {
    /// Who issues cards.
    pub issuers: TrustedIssuers,
    /// Who certifies relying parties.
    pub access_anchors: Vec<Certificate>,
    /// Who certifies those who register what relying parties may ask.
    pub registrar_anchors: Vec<Certificate>,
    /// The log of each issuer that has one, by the issuer's identifier.
    logs: BTreeMap<String, LogVerifier>,
    /// Where typed codes lead.
    services: Vec<(CodePrefix, Url)>,
}

impl Trust {
    /// Reads a trust list that was fetched. The wallet remembers its sequence number, so that an
    /// older list is refused from now on.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn verify(
        token: &str,
        operator: &[Certificate],
        wallet: &mut WalletState,
        now: Timestamp,
    ) -> Result<Self, TrustError> {
        let list = trust_list::verify(token.trim(), operator, wallet.trust_sequence, now)?;
        wallet.trust_sequence = Some(list.sequence);
        let services = list.verifier_services(now).into_iter();
        let services = services.filter_map(|service| {
            Some((service.code_prefix.parse().ok()?, service.url.parse().ok()?))
        });
        let issuers = list.trusted_issuers(now);
        let log = |issuer: &TrustedIssuer| {
            Some((issuer.id.clone(), list.log_of(&issuer.id, now)?.clone()))
        };
        Ok(Self {
            logs: issuers.issuers().iter().filter_map(log).collect(),
            issuers,
            access_anchors: list.access_authorities(now),
            registrar_anchors: list.registrars(now),
            services: services.collect(),
        })
    }

    /// Where to ask for the request behind a typed code: `GET /codes/{code}`; none where no service
    /// has such codes.
    #[must_use]
    pub fn code_request(&self, code: &ShortCode) -> Option<Request> {
        let (_, url) = self.services.iter().find(|(prefix, _)| *prefix == code.prefix())?;
        let mut url = url.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(["codes", code.canonical()]);
        Some(Request::get(url))
    }

    /// The key of the log in which an issuer answers for what it does.
    pub(crate) fn log_of(&self, issuer: &str) -> Option<&LogVerifier> {
        self.logs.get(issuer)
    }

    /// Whether this is an issuer of cards.
    pub(crate) fn knows_issuer(&self, id: &str) -> bool {
        self.issuers.issuers().iter().any(|issuer| issuer.id == id)
    }
}

/// Why a trust list is refused.
#[derive(Debug, thiserror::Error)]
#[error("the trust list: {0}")]
pub struct TrustError(#[from] TrustListError);
