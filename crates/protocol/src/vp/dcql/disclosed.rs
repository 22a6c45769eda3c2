//! The asker's side: was exactly that disclosed which was asked?

use serde_json::{Map, Value};
use tanda_credential::sd_jwt::PathStep;

use super::{CredentialQuery, Mismatch};

/// How what was disclosed differs from what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsAsked {
    /// A claim that was asked is missing.
    #[error("a claim that was asked is missing")]
    Less,
    /// A claim has none of the values that were asked.
    #[error("a claim has another value than was asked")]
    OtherValue,
    /// Something was disclosed that nobody asked for.
    #[error("more was disclosed than was asked")]
    More,
}

impl CredentialQuery {
    /// Whether these disclosed claims are exactly one of the combinations that were asked.
    /// Registered claims of the token itself (`iss`, `vct`, `exp`, …) are not to be among them.
    ///
    /// # Errors
    /// In what they differ.
    pub fn check_disclosed(&self, disclosed: &Map<String, Value>) -> Result<(), NotAsAsked> {
        let mut why = None;
        for claims in self.alternatives() {
            let mismatch =
                claims.iter().find_map(|claim| claim.mismatch(disclosed)).map(|mismatch| {
                    match mismatch {
                        Mismatch::Value(_) => NotAsAsked::OtherValue,
                        _ => NotAsAsked::Less,
                    }
                });
            let paths: Vec<&[PathStep]> =
                claims.iter().map(|claim| claim.path.0.as_slice()).collect();
            match mismatch
                .or_else(|| members_uncovered(disclosed, &paths).then_some(NotAsAsked::More))
            {
                None => return Ok(()),
                // Too much for one combination says nothing of the others; too little for all is
                // what to tell.
                Some(NotAsAsked::More) => why = Some(NotAsAsked::More),
                Some(other) => why = why.or(Some(other)),
            }
        }
        Err(why.unwrap_or(NotAsAsked::Less))
    }
}

fn members_uncovered(members: &Map<String, Value>, paths: &[&[PathStep]]) -> bool {
    members.iter().any(|(name, value)| {
        uncovered(
            value,
            &after(paths, |step| matches!(step, PathStep::Name(asked) if asked == name)),
        )
    })
}

/// Whether anything in `value` lies on none of the paths. An object or array without anything in it
/// tells nothing.
fn uncovered(value: &Value, paths: &[&[PathStep]]) -> bool {
    if paths.iter().any(|path| path.is_empty()) {
        return false;
    }
    match value {
        Value::Object(members) => members_uncovered(members, paths),
        Value::Array(elements) => elements.iter().enumerate().any(|(at, element)| {
            let on_path = |step: &PathStep| match step {
                PathStep::All(()) => true,
                PathStep::Index(index) => *index == at,
                PathStep::Name(_) => false,
            };
            uncovered(element, &after(paths, on_path))
        }),
        _ => true,
    }
}

fn after<'a>(paths: &[&'a [PathStep]], first: impl Fn(&PathStep) -> bool) -> Vec<&'a [PathStep]> {
    paths
        .iter()
        .filter_map(|path| path.split_first())
        .filter(|(step, _)| first(step))
        .map(|(_, rest)| rest)
        .collect()
}
