//! Claims path pointers (OpenID4VP 1.0 section 7, SD-JWT VC section 4.6.1).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathStep {
    /// A member of an object: a JSON string.
    Name(String),
    /// An element of an array: a JSON number.
    Index(usize),
    /// Every element of an array: JSON `null`.
    All(()),
}

impl PathStep {
    /// Every element of an array.
    pub const EVERY: Self = Self::All(());

    fn covers(&self, concrete: &Self) -> bool {
        self == concrete || (*self == Self::EVERY && matches!(concrete, Self::Index(_)))
    }
}

/// Where a claim is: a JSON array of names, indices and `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimPath(pub Vec<PathStep>);

/// As people write it: names with dots between, `*` for every element. Whatever can't be printed is
/// escaped, since a path may be a stranger's.
impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            match step {
                PathStep::Name(name) => write!(f, "{}", name.escape_debug())?,
                PathStep::Index(index) => write!(f, "{index}")?,
                PathStep::All(()) => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

impl ClaimPath {
    /// The path of a member at the top.
    pub fn name(name: impl Into<String>) -> Self {
        Self(vec![PathStep::Name(name.into())])
    }

    /// The path through these member names.
    pub fn names<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(names.into_iter().map(|name| PathStep::Name(name.into())).collect())
    }

    /// What the path selects; nothing where a step does not exist or meets another kind of value.
    pub fn select<'v>(&self, claims: &'v Map<String, Value>) -> Vec<&'v Value> {
        let Some((PathStep::Name(first), rest)) = self.0.split_first() else { return Vec::new() };
        let mut selected: Vec<&Value> = claims.get(first).into_iter().collect();
        for step in rest {
            let mut next = Vec::new();
            for value in selected {
                match (step, value) {
                    (PathStep::Name(name), Value::Object(map)) => next.extend(map.get(name)),
                    (PathStep::Index(index), Value::Array(items)) => next.extend(items.get(*index)),
                    (PathStep::All(()), Value::Array(items)) => next.extend(items),
                    _ => {}
                }
            }
            selected = next;
        }
        selected
    }

    /// Whether a claim at the concrete path `place` lies on the way to, or below, what this
    /// selects.
    pub(super) fn touches(&self, place: &[PathStep]) -> bool {
        self.0.iter().zip(place).all(|(step, concrete)| step.covers(concrete))
    }

    /// Whether this selects exactly the concrete path `place`.
    pub(super) fn covers(&self, place: &[PathStep]) -> bool {
        self.0.len() == place.len() && self.touches(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn serialises_as_the_pointer_of_the_standards() {
        let path: ClaimPath = serde_json::from_value(json!(["a", null, 2, "b"])).unwrap();
        assert_eq!(
            path.0,
            [
                PathStep::Name("a".into()),
                PathStep::EVERY,
                PathStep::Index(2),
                PathStep::Name("b".into())
            ]
        );
        assert_eq!(serde_json::to_value(&path).unwrap(), json!(["a", null, 2, "b"]));
        assert!(serde_json::from_value::<ClaimPath>(json!([-1])).is_err());
        assert!(serde_json::from_value::<ClaimPath>(json!([true])).is_err());
    }

    #[test]
    fn is_written_as_people_read_it_and_forges_no_line() {
        let path: ClaimPath =
            serde_json::from_value(json!(["a", 0, null, "b\n\u{1b}[1m"])).unwrap();
        assert_eq!(path.to_string(), r"a.0.*.b\n\u{1b}[1m");
    }

    #[test]
    fn selects() {
        let Value::Object(claims) = json!({"a": {"b": 1}, "c": [{"d": 1}, {"d": 2}, {}]}) else {
            unreachable!()
        };
        let select = |path: Value| -> Vec<Value> {
            let path: ClaimPath = serde_json::from_value(path).unwrap();
            path.select(&claims).into_iter().cloned().collect()
        };
        assert_eq!(select(json!(["a", "b"])), [json!(1)]);
        assert_eq!(select(json!(["c", null, "d"])), [json!(1), json!(2)]);
        assert_eq!(select(json!(["c", 1, "d"])), [json!(2)]);
        assert_eq!(select(json!(["a", 0])), [] as [Value; 0]);
        assert_eq!(select(json!([])), [] as [Value; 0]);
    }
}
