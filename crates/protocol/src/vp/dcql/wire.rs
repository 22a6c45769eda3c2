//! The JSON of a query and the way between it and the parsed form. Unknown members are ignored, as
//! §6 demands.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tanda_credential::sd_jwt::ClaimPath;

use super::{
    ClaimQuery, ClaimValue, CredentialQuery, CredentialSetQuery, DcqlError, DcqlQuery, MDOC,
    QueryId, SD_JWT_VC, Wanted,
};

const MAX_CREDENTIALS: usize = 16;
const MAX_CLAIMS: usize = 64;
const MAX_SETS: usize = 32;
const MAX_VALUES: usize = 32;
const MAX_PATH: usize = 16;
const MAX_TEXT: usize = 256;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Query {
    credentials: Vec<Credential>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_sets: Option<Vec<CredentialSet>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Credential {
    id: String,
    format: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    multiple: bool,
    meta: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_authorities: Option<Vec<Value>>,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    require_cryptographic_holder_binding: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Vec<Claim>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_sets: Option<Vec<Vec<String>>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Claim {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    path: ClaimPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<ClaimValue>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct CredentialSet {
    options: Vec<Vec<String>>,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    required: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_yes(value: &bool) -> bool {
    *value
}

impl TryFrom<Query> for DcqlQuery {
    type Error = DcqlError;

    fn try_from(query: Query) -> Result<Self, DcqlError> {
        within(&query.credentials, MAX_CREDENTIALS)?;
        let credentials =
            query.credentials.into_iter().map(credential).collect::<Result<Vec<_>, _>>()?;
        let known = distinct(credentials.iter().map(|query| &query.id))?;
        let sets = optional(query.credential_sets, MAX_SETS)?;
        let sets = sets
            .into_iter()
            .map(|set| {
                Ok(CredentialSetQuery {
                    options: references(set.options, &known)?,
                    required: set.required,
                })
            })
            .collect::<Result<_, DcqlError>>()?;
        Ok(Self { credentials, sets })
    }
}

fn credential(query: Credential) -> Result<CredentialQuery, DcqlError> {
    let claims = optional(query.claims, MAX_CLAIMS)?
        .into_iter()
        .map(claim)
        .collect::<Result<Vec<_>, _>>()?;
    let known = distinct(claims.iter().filter_map(|claim| claim.id.as_ref()))?;
    let claim_sets = match query.claim_sets {
        None => Vec::new(),
        Some(_) if claims.is_empty() => return Err(DcqlError::SetsWithoutClaims),
        Some(sets) => references(sets, &known)?,
    };
    Ok(CredentialQuery {
        id: identifier(query.id)?,
        wanted: wanted(query.format, query.meta)?,
        multiple: query.multiple,
        holder_binding: query.require_cryptographic_holder_binding,
        claims,
        claim_sets,
        trusted_authorities: optional(query.trusted_authorities, MAX_SETS)?,
    })
}

fn wanted(format: String, meta: Value) -> Result<Wanted, DcqlError> {
    match format.as_str() {
        SD_JWT_VC => {
            let types =
                meta.get("vct_values").and_then(Value::as_array).ok_or(DcqlError::NoType)?;
            within(types, MAX_VALUES)?;
            let types =
                types.iter().map(|vct| vct.as_str().map(str::to_owned).ok_or(DcqlError::NoType));
            Ok(Wanted::SdJwtVc { types: types.collect::<Result<_, _>>()? })
        }
        MDOC => {
            let doctype =
                meta.get("doctype_value").and_then(Value::as_str).ok_or(DcqlError::NoType)?;
            Ok(Wanted::Mdoc { doctype: doctype.to_owned() })
        }
        _ if format.len() > MAX_TEXT => Err(DcqlError::TooLarge),
        _ => Ok(Wanted::Other { format, meta }),
    }
}

fn claim(query: Claim) -> Result<ClaimQuery, DcqlError> {
    let steps = &query.path.0;
    if steps.is_empty() {
        return Err(DcqlError::EmptyList);
    }
    if steps.len() > MAX_PATH {
        return Err(DcqlError::TooLarge);
    }
    Ok(ClaimQuery {
        id: query.id.map(identifier).transpose()?,
        path: query.path,
        values: optional(query.values, MAX_VALUES)?,
    })
}

fn identifier(text: String) -> Result<QueryId, DcqlError> {
    let well_formed =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if text.is_empty() || text.len() > MAX_TEXT || !well_formed {
        return Err(DcqlError::Identifier);
    }
    Ok(QueryId(text))
}

fn distinct<'a>(ids: impl Iterator<Item = &'a QueryId>) -> Result<BTreeSet<&'a str>, DcqlError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id.as_str()) {
            return Err(DcqlError::DuplicateIdentifier);
        }
    }
    Ok(seen)
}

fn references(
    sets: Vec<Vec<String>>,
    known: &BTreeSet<&str>,
) -> Result<Vec<Vec<QueryId>>, DcqlError> {
    within(&sets, MAX_SETS)?;
    let mut read = Vec::with_capacity(sets.len());
    for set in sets {
        within(&set, MAX_CLAIMS)?;
        if set.iter().any(|id| !known.contains(id.as_str())) {
            return Err(DcqlError::UnknownIdentifier);
        }
        read.push(set.into_iter().map(QueryId).collect());
    }
    Ok(read)
}

/// A list that is left out or has something in it, but not too much.
fn optional<T>(list: Option<Vec<T>>, most: usize) -> Result<Vec<T>, DcqlError> {
    match list {
        None => Ok(Vec::new()),
        Some(list) => within(&list, most).map(|()| list),
    }
}

fn within<T>(list: &[T], most: usize) -> Result<(), DcqlError> {
    match list.len() {
        0 => Err(DcqlError::EmptyList),
        count if count > most => Err(DcqlError::TooLarge),
        _ => Ok(()),
    }
}

impl From<DcqlQuery> for Query {
    fn from(query: DcqlQuery) -> Self {
        let sets = query.sets.into_iter();
        let sets =
            sets.map(|set| CredentialSet { options: texts(set.options), required: set.required });
        Self {
            credentials: query.credentials.into_iter().map(Credential::from).collect(),
            credential_sets: unless_empty(sets.collect()),
        }
    }
}

impl From<CredentialQuery> for Credential {
    fn from(query: CredentialQuery) -> Self {
        let (format, meta) = match query.wanted {
            Wanted::SdJwtVc { types } => (SD_JWT_VC.to_owned(), json!({ "vct_values": types })),
            Wanted::Mdoc { doctype } => (MDOC.to_owned(), json!({ "doctype_value": doctype })),
            Wanted::Other { format, meta } => (format, meta),
        };
        let claims = query.claims.into_iter();
        let claims = claims.map(|claim| Claim {
            id: claim.id.map(|id| id.0),
            path: claim.path,
            values: unless_empty(claim.values),
        });
        Self {
            id: query.id.0,
            format,
            multiple: query.multiple,
            meta,
            trusted_authorities: unless_empty(query.trusted_authorities),
            require_cryptographic_holder_binding: query.holder_binding,
            claims: unless_empty(claims.collect()),
            claim_sets: unless_empty(texts(query.claim_sets)),
        }
    }
}

fn texts(sets: Vec<Vec<QueryId>>) -> Vec<Vec<String>> {
    sets.into_iter().map(|set| set.into_iter().map(|id| id.0).collect()).collect()
}

fn unless_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
