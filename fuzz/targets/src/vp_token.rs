//! The presentations of an answer: few, never none, and `only` finds the one that answers alone.

use tanda_credential::json;
use tanda_protocol::vp::response::VpToken;

use crate::fixture::document;

/// A few queries with a few presentations.
pub const MAX_LEN: usize = 512;

/// Takes the `vp_token` as JSON.
pub fn run(data: &[u8]) -> Option<()> {
    let token = document::<VpToken>(data)?;
    let members = json::parse_object(data).unwrap();
    assert!((1..=16).contains(&members.len()));
    let lists = || members.iter().filter_map(|(query, list)| Some((query, list.as_array()?)));
    assert!(lists().all(|(_, list)| (1..=4).contains(&list.len())));
    for (query, list) in lists() {
        let alone = members.len() == 1 && list.len() == 1;
        assert_eq!(token.only(query), list[0].as_str().filter(|_| alone));
    }
    Some(())
}
