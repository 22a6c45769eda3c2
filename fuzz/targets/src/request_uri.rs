//! Links to a request: the address behind one is secure, and both forms of the link lead to the same
//! request again.

use tanda_protocol::oauth::is_secure;
use tanda_protocol::vp::uri::RequestUri;

use crate::fixture::text;

/// A link with an address that is escaped twice over.
pub const MAX_LEN: usize = 512;

/// Takes a link.
pub fn run(data: &[u8]) -> Option<()> {
    let request = RequestUri::parse(text(data)?).ok()?;
    assert!(is_secure(&request.request_uri) && request.request_uri.fragment().is_none());
    assert_eq!(RequestUri::parse(&request.openid4vp()).as_ref(), Ok(&request));
    let wallet = "https://wallet.example/open?tab=1#top".parse().unwrap();
    let link = request.wallet_link(&wallet);
    assert_eq!(RequestUri::parse(link.as_str()).as_ref(), Ok(&request));
    Some(())
}
