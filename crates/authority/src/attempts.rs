//! Failures by account, number and source: told apart by keyed tags, weighed by the policy.

use std::net::IpAddr;

use aws_lc_rs::hmac;
use jiff::Timestamp;
use tanda_model::{Admission, AttemptHistory, Counter, ThrottlePolicy};
use tanda_storage::authority::enrolment::AttemptTags;
use tanda_storage::{Authority as Role, Reader, StorageError, Tx};

const COUNTERS: [Counter; 3] = [Counter::Account, Counter::Number, Counter::Source];

/// Tag of an account at a provider.
pub(crate) fn account_tag(key: &hmac::Key, provider: &str, account: &str) -> Vec<u8> {
    tag(key, "account", &[provider.as_bytes(), account.as_bytes()])
}

/// Tag of where an application comes from: the address, or for IPv6 the network of 64 bits, within
/// which one subscriber picks addresses at will.
pub(crate) fn source_tag(key: &hmac::Key, source: IpAddr) -> Vec<u8> {
    match source.to_canonical() {
        IpAddr::V4(address) => tag(key, "source", &[&address.octets()]),
        IpAddr::V6(address) => tag(key, "source", &[&address.octets()[..8]]),
    }
}

fn tag(key: &hmac::Key, kind: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(key);
    for part in std::iter::once(kind.as_bytes()).chain(parts.iter().copied()) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign().as_ref().to_vec()
}

fn tag_of(tags: &AttemptTags, counter: Counter) -> &[u8] {
    match counter {
        Counter::Account | Counter::AccessNumber => &tags.account,
        Counter::Number => &tags.number,
        Counter::Source => &tags.source,
    }
}

async fn histories(
    reader: &mut Reader<'_, Role>,
    tags: &AttemptTags,
) -> Result<Vec<(Counter, Option<AttemptHistory>)>, StorageError> {
    let mut histories = Vec::with_capacity(COUNTERS.len());
    for counter in COUNTERS {
        histories.push((counter, reader.attempt_history(counter, tag_of(tags, counter)).await?));
    }
    Ok(histories)
}

/// Whether whoever has these tags may try now. The same for numbers that exist and that don't; but
/// strangers who fail at a number don't keep out the account that has the card of it.
pub(crate) async fn admission(
    reader: &mut Reader<'_, Role>,
    policy: &ThrottlePolicy,
    tags: &AttemptTags,
    now: Timestamp,
) -> Result<Admission, StorageError> {
    let histories = histories(reader, tags).await?;
    let admission = policy.admit(histories.iter().copied(), now);
    // Whose card it is matters to whoever would have to wait, and to nobody else.
    if admission == Admission::Allowed || !is_own_number(reader, tags).await? {
        return Ok(admission);
    }
    let others = histories.into_iter().filter(|(counter, _)| *counter != Counter::Number);
    Ok(policy.admit(others, now))
}

async fn is_own_number(
    reader: &mut Reader<'_, Role>,
    tags: &AttemptTags,
) -> Result<bool, StorageError> {
    let Some(card) = reader.card_of_account(&tags.account).await? else { return Ok(false) };
    let tag = reader.number_tag_of(card.resident).await?;
    Ok(tag.is_some_and(|tag| tag == tags.number))
}

/// Counts a failure.
pub(crate) async fn note_failure(
    tx: &mut Tx<'_, Role>,
    policy: &ThrottlePolicy,
    tags: &AttemptTags,
    now: Timestamp,
) -> Result<(), StorageError> {
    for (counter, history) in histories(tx, tags).await? {
        let history = policy.after_failure(counter, history, now);
        tx.remember_attempts(counter, tag_of(tags, counter), Some(history)).await?;
    }
    Ok(())
}

/// Forgets what a success makes up for.
pub(crate) async fn note_success(
    tx: &mut Tx<'_, Role>,
    policy: &ThrottlePolicy,
    tags: &AttemptTags,
    now: Timestamp,
) -> Result<(), StorageError> {
    for (counter, history) in histories(tx, tags).await? {
        let history = policy.after_success(counter, history, now);
        tx.remember_attempts(counter, tag_of(tags, counter), history).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_is_one_source() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
        let tag = |address: &str| source_tag(&key, address.parse().unwrap());
        assert_eq!(tag("2001:db8::1"), tag("2001:db8::ffff:1"));
        assert_ne!(tag("2001:db8::1"), tag("2001:db8:0:1::1"));
        assert_eq!(tag("192.0.2.1"), tag("::ffff:192.0.2.1"));
        assert_ne!(tag("192.0.2.1"), tag("192.0.2.2"));
    }

    #[test]
    fn a_tag_does_not_run_its_parts_together() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
        assert_ne!(account_tag(&key, "ab", "c"), account_tag(&key, "a", "bc"));
    }
}
