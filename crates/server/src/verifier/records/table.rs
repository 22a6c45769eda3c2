//! A record as a file for those who ask for it: one line or object an entry.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};
use tanda_credential::sd_jwt::ClaimPath;
use tanda_verifier::Entry;

use crate::spreadsheet;

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    /// RFC 4180, with a line of names.
    Csv,
    /// An array of objects.
    Json,
}

/// A table can't be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error("a table could not be written")]
    Csv(#[from] csv::Error),
    #[error("a table could not be written")]
    Json(#[from] serde_json::Error),
}

/// The entries with when and by whom each was checked, and the claims in the order in which they are
/// registered.
pub(super) fn write(
    form: Form,
    claims: &[ClaimPath],
    entries: &[Entry],
) -> Result<Vec<u8>, TableError> {
    match form {
        Form::Json => Ok(serde_json::to_vec_pretty(
            &entries.iter().map(|entry| object(claims, entry)).collect::<Vec<_>>(),
        )?),
        Form::Csv => {
            let names = claims.iter().map(|claim| Cow::from(claim.to_string()));
            let names = [Cow::from("checked_at")].into_iter().chain(names);
            let names = names.chain(["level".into(), "staff".into()]);
            let rows = entries.iter().map(|entry| {
                let at = [Cow::from(entry.at.to_string())].into_iter();
                let values = claims.iter().map(|claim| text(claim, entry));
                let by = [entry.level.as_str().into(), entry.desk.staff.as_str().into()];
                at.chain(values).chain(by)
            });
            Ok(spreadsheet::csv(names, rows)?)
        }
    }
}

fn object(claims: &[ClaimPath], entry: &Entry) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("checked_at".to_owned(), entry.at.to_string().into());
    for claim in claims {
        let value = claim.select(&entry.claims).first().map(|value| (*value).clone());
        object.insert(claim.to_string(), value.unwrap_or_default());
    }
    object.insert("level".to_owned(), entry.level.as_str().into());
    object.insert("staff".to_owned(), entry.desk.staff.as_str().into());
    object
}

fn text<'a>(claim: &ClaimPath, entry: &'a Entry) -> Cow<'a, str> {
    match claim.select(&entry.claims).first() {
        None | Some(Value::Null) => "".into(),
        Some(Value::String(text)) => text.as_str().into(),
        Some(other) => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tanda_model::AssuranceLevel;
    use tanda_protocol::receipt::AtDesk;

    use super::*;

    fn entry(family: &str) -> Entry {
        let claims = json!({"family_name": family, "given_name": "Putri, Ayu", "n": 3});
        Entry {
            at: "2026-11-23T12:00:00Z".parse().unwrap(),
            level: AssuranceLevel::Light,
            desk: AtDesk { device: "1".into(), staff: "mei".parse().unwrap() },
            claims: claims.as_object().unwrap().clone(),
        }
    }

    fn claims() -> Vec<ClaimPath> {
        ["family_name", "given_name", "n", "absent"].map(ClaimPath::name).to_vec()
    }

    #[test]
    fn a_table_has_a_line_an_entry_and_no_formula() {
        let table = write(Form::Csv, &claims(), &[entry("Sample"), entry("=1+1")]).unwrap();
        assert_eq!(
            String::from_utf8(table).unwrap(),
            "checked_at,family_name,given_name,n,absent,level,staff\n\
             2026-11-23T12:00:00Z,Sample,\"Putri, Ayu\",3,,light,mei\n\
             2026-11-23T12:00:00Z,'=1+1,\"Putri, Ayu\",3,,light,mei\n"
        );
        assert_eq!(
            write(Form::Csv, &claims(), &[]).unwrap().iter().filter(|b| **b == b'\n').count(),
            1
        );
    }

    #[test]
    fn as_json_it_has_an_object_an_entry() {
        let array = write(Form::Json, &claims(), &[entry("=1+1")]).unwrap();
        let array: Value = serde_json::from_slice(&array).unwrap();
        assert_eq!(
            array,
            json!([{"checked_at": "2026-11-23T12:00:00Z", "family_name": "=1+1", "given_name": "Putri, Ayu",
                    "n": 3, "absent": null, "level": "light", "staff": "mei"}])
        );
    }
}
