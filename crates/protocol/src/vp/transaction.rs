//! Transaction data: what the holder agrees to with the presentation (OpenID4VP 1.0 §5.1, §8.4,
//! §B.3.3).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tanda_credential::{b64, json};

use super::dcql::DcqlQuery;

const MAX_ENTRIES: usize = 4;

/// Something to agree to, read and understood: the wallet shows it and signs its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionData {
    /// What it is.
    pub kind: Transaction,
    /// The credential queries of which one is to sign for it.
    pub credential_ids: Vec<String>,
    /// The text as it was sent: what is hashed into the presentation.
    pub encoded: String,
}

/// The transaction data types that a Tanda wallet can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Transaction {
    /// A statement to agree to, shown in full.
    #[serde(rename = "urn:tanda:transaction:agreement:1")]
    Agreement {
        /// A line that says what it is about.
        title: String,
        /// What is agreed to, in plain text.
        text: String,
    },
}

impl TransactionData {
    /// Writes it for a request.
    ///
    /// # Errors
    /// When it can't be written as JSON, which no transaction does.
    pub fn new(kind: Transaction, credential_ids: Vec<String>) -> Result<Self, serde_json::Error> {
        let mut value = serde_json::to_value(&kind)?;
        value["credential_ids"] = credential_ids.clone().into();
        Ok(Self { kind, credential_ids, encoded: b64::encode(serde_json::to_vec(&value)?) })
    }

    /// Reads all transaction data of a request that asks `query`. What can't be shown to a person
    /// isn't signed.
    ///
    /// # Errors
    /// [`TransactionDataError`]: the answer is `invalid_transaction_data`.
    pub fn read_all(
        encoded: &[String],
        query: &DcqlQuery,
    ) -> Result<Vec<Self>, TransactionDataError> {
        if encoded.is_empty() || encoded.len() > MAX_ENTRIES {
            return Err(TransactionDataError::Malformed);
        }
        encoded.iter().map(|entry| Self::read(entry, query)).collect()
    }

    fn read(encoded: &str, query: &DcqlQuery) -> Result<Self, TransactionDataError> {
        let bytes = b64::decode(encoded).map_err(|_| TransactionDataError::Malformed)?;
        let Ok(Value::Object(mut members)) = json::parse(&bytes) else {
            return Err(TransactionDataError::Malformed);
        };
        let credential_ids =
            members.remove("credential_ids").ok_or(TransactionDataError::Credentials)?;
        let credential_ids: Vec<String> = serde_json::from_value(credential_ids)
            .map_err(|_| TransactionDataError::Credentials)?;
        let known = credential_ids
            .iter()
            .all(|id| query.credential(id).is_some_and(|query| query.holder_binding));
        if credential_ids.is_empty() || !known {
            return Err(TransactionDataError::Credentials);
        }
        if let Some(algorithms) = members.remove("transaction_data_hashes_alg") {
            let sha256 = algorithms
                .as_array()
                .is_some_and(|names| names.iter().any(|name| name == "sha-256"));
            if !sha256 {
                return Err(TransactionDataError::Hash);
            }
        }
        let kind = serde_json::from_value(Value::Object(members))
            .map_err(|_| TransactionDataError::UnknownType)?;
        Ok(Self { kind, credential_ids, encoded: encoded.to_owned() })
    }
}

/// Why transaction data is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionDataError {
    /// No base64url of a JSON object, or too many of them.
    #[error("the transaction data is malformed")]
    Malformed,
    /// It names no credential that is asked with a proof of the holder.
    #[error("the transaction data names no credential of the request")]
    Credentials,
    /// Hashes other than SHA-256 are wanted.
    #[error("the transaction data wants another hash than SHA-256")]
    Hash,
    /// A type that this wallet can't show, or a known one with other members.
    #[error("the transaction data is of an unknown type")]
    UnknownType,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query() -> DcqlQuery {
        DcqlQuery::card(&["urn:tanda:card:full:1"], &[]).unwrap()
    }

    fn read(value: &Value) -> Result<Vec<TransactionData>, TransactionDataError> {
        TransactionData::read_all(&[b64::encode(value.to_string())], &query())
    }

    #[test]
    fn reads_what_it_writes() {
        let kind = Transaction::Agreement { title: "Registration".into(), text: "I agree.".into() };
        let data = TransactionData::new(kind, vec!["card".into()]).unwrap();
        assert_eq!(
            TransactionData::read_all(std::slice::from_ref(&data.encoded), &query()).unwrap(),
            [data]
        );
    }

    #[test]
    fn refuses_what_cannot_be_shown() {
        let good = json!({
            "type": "urn:tanda:transaction:agreement:1", "credential_ids": ["card"], "title": "t", "text": "x",
            "transaction_data_hashes_alg": ["sha-256"],
        });
        assert!(read(&good).is_ok());
        let with = |name: &str, value: Value| {
            let mut changed = good.clone();
            changed[name] = value;
            changed
        };
        for (value, why) in [
            (with("type", json!("payment")), TransactionDataError::UnknownType),
            (with("amount", json!(5)), TransactionDataError::UnknownType),
            (with("title", json!(5)), TransactionDataError::UnknownType),
            (with("credential_ids", json!([])), TransactionDataError::Credentials),
            (with("credential_ids", json!(["other"])), TransactionDataError::Credentials),
            (with("credential_ids", json!("card")), TransactionDataError::Credentials),
            (with("transaction_data_hashes_alg", json!(["sha-512"])), TransactionDataError::Hash),
            (json!([]), TransactionDataError::Malformed),
        ] {
            assert_eq!(read(&value), Err(why), "{value}");
        }
        assert_eq!(
            TransactionData::read_all(&["%".into()], &query()),
            Err(TransactionDataError::Malformed)
        );
        assert_eq!(TransactionData::read_all(&[], &query()), Err(TransactionDataError::Malformed));
    }
}
