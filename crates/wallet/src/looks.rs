//! Who looked at the holder's record: asked of the authority, and checked against its log.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::json;
use tanda_credential::log::{
    Checkpoint, CheckpointError, Hash, LogVerifier, ProofError, consistency, inclusion,
};
use url::Url;

use crate::attested::AttestedError;
use crate::http::{Failure, Request, Response, at, identifier};
use crate::{Attested, Trust, WalletState};

/// An authority's log as a wallet last found it good: what later answers have to continue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownLog {
    /// The C2SP verifier key.
    key: String,
    size: u64,
    root: Hash,
    /// Whose acts were seen: the resident number on the card.
    holder: String,
    /// The acts that were seen, by their index.
    seen: BTreeSet<u64>,
}

/// An act about the holder that the authority's log is proved to have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// What: `register.looked-up`, `card.live`.
    pub kind: String,
    /// Who: `officer`, `policy`, `wallet` or `housekeeping`.
    pub by: String,
    /// Which officer.
    pub officer: Option<String>,
    /// As what they acted.
    pub role: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// For which case.
    pub case: Option<String>,
}

/// Acts, newest first, all of them proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    /// The acts.
    pub looks: Vec<Look>,
    /// The index to ask before, for those before these; none when there are none.
    pub before: Option<u64>,
}

/// Why what the authority says is not believed, or not asked for. Apart from the first two, each
/// is evidence that something was changed: what the wallet has kept stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum LooksError {
    /// The authority refuses, or its answer cannot be read.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The trust list names no log of this authority.
    #[error("the trust list names no log of this authority: nothing that it says can be checked")]
    NoLog,
    /// The log has another key than before.
    #[error("the authority's log was replaced: it is signed with another key than before")]
    OtherKey,
    /// The log's head is not signed by the log.
    #[error("the authority's log is not to be believed: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The log does not continue the one that was kept.
    #[error("the past was changed: the log does not continue the one that this wallet kept")]
    History(#[source] ProofError),
    /// An act is not in the log.
    #[error("act {0} is not what stands in the authority's log")]
    Entry(u64),
    /// An act that was seen before is gone.
    #[error("act {0}, which this wallet has seen before, is no longer told")]
    Gone(u64),
}

#[derive(Deserialize)]
struct Answer {
    checkpoint: String,
    consistency: Vec<Hash>,
    acts: Vec<Act>,
    more: bool,
}

#[derive(Deserialize)]
struct Act {
    index: u64,
    entry: String,
    inclusion: Vec<Hash>,
}

/// Asks the authority: about all acts, or those before an index.
///
/// # Errors
/// When the wallet's proof cannot be made.
pub fn ask(
    wallet: &WalletState,
    authority: &Url,
    attested: &Attested,
    before: Option<u64>,
    now: Timestamp,
    rng: &mut impl rand::CryptoRng,
) -> Result<Request, AttestedError> {
    let issuer = identifier(authority);
    let mut url = at(authority, &["log", "mine"]);
    let kept = wallet.logs.get(issuer).map_or(0, |known| known.size);
    url.query_pairs_mut().append_pair("kept", &kept.to_string());
    if let Some(before) = before {
        url.query_pairs_mut().append_pair("before", &before.to_string());
    }
    attested.sign(Request::get(url), issuer, now, rng)
}

/// Checks the answer to [`ask`]: the head's signature, that it continues what the wallet has kept,
/// and each act's proof. Keeps the head when all is good. `holder` is the resident number on the
/// card, `before` what was asked.
///
/// # Errors
/// [`LooksError`]
pub fn read(
    wallet: &mut WalletState,
    authority: &Url,
    holder: &str,
    before: Option<u64>,
    response: &Response,
    trust: &Trust,
) -> Result<Looks, LooksError> {
    let answer: Answer = response.json()?;
    let issuer = identifier(authority);
    let key = trust.log_of(issuer).ok_or(LooksError::NoLog)?;
    let known = wallet.logs.get(issuer);
    let head = continued(&answer, key, known)?;
    let looks = answer.acts.iter().map(|act| proved(act, &head)).collect::<Result<_, _>>()?;
    // Another person's card in the same wallet has other acts.
    let mut seen =
        known.filter(|known| known.holder == holder).map_or_else(BTreeSet::new, |k| k.seen.clone());
    let answered: BTreeSet<u64> = answer.acts.iter().map(|act| act.index).collect();
    let from = if answer.more { answered.first().copied().unwrap_or(u64::MAX) } else { 0 };
    let upto = before.unwrap_or(u64::MAX).max(from);
    if let Some(gone) = seen.range(from..upto).find(|index| !answered.contains(index)) {
        return Err(LooksError::Gone(*gone));
    }
    let before = answered.first().copied().filter(|_| answer.more);
    seen.extend(answered);
    let (size, root) = head.head();
    let known = KnownLog { key: key.to_string(), size, root, holder: holder.to_owned(), seen };
    wallet.logs.insert(issuer.to_owned(), known);
    Ok(Looks { looks, before })
}

/// The log's head, if it continues what was known of it.
fn continued(
    answer: &Answer,
    key: &LogVerifier,
    known: Option<&KnownLog>,
) -> Result<Checkpoint, LooksError> {
    if known.is_some_and(|known| known.key != key.to_string()) {
        return Err(LooksError::OtherKey);
    }
    let head = Checkpoint::open(answer.checkpoint.as_bytes(), key)?;
    if let Some(known) = known {
        consistency::verify((known.size, known.root), head.head(), &answer.consistency)
            .map_err(LooksError::History)?;
    }
    Ok(head)
}

fn proved(act: &Act, head: &Checkpoint) -> Result<Look, LooksError> {
    let leaf = Hash::of_leaf(act.entry.as_bytes());
    inclusion::verify(leaf, act.index, head.size, head.root, &act.inclusion)
        .map_err(|_| LooksError::Entry(act.index))?;
    json::parse_as(act.entry.as_bytes()).map_err(|_| LooksError::Entry(act.index))
}
