//! Reads one row: CSV or JSON, field by field, into a person and where their portrait is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tanda_model::{Country, Marks, PersonName, ResidentNumber, Sex};
use zeroize::Zeroizing;

use super::super::add::NewResident;
use super::fault::{Fault, FaultCode, of_person};

/// The columns of a CSV file and the keys of a JSON row, those that must be there first.
pub(super) const FIELDS: [&str; 12] = [
    "number",
    "family_name",
    "birth_date",
    "sex",
    "given_name",
    "nationalities",
    "portrait",
    "portrait_base64",
    "fingers",
    "fingers_base64",
    "deceased",
    "card_lost",
];
/// How many of [`FIELDS`] must be there.
pub(super) const REQUIRED: usize = 4;

/// A row's person, and where their portrait and their fingers are.
pub(super) struct Candidate {
    pub(super) person: NewResident,
    pub(super) portrait: PictureSource,
    pub(super) fingers: Option<PictureSource>,
}

/// Where a portrait is, or a person's fingers.
pub(super) enum PictureSource {
    /// A path from the folder of portraits.
    Path(String),
    /// In the row itself.
    Bytes(Zeroizing<Vec<u8>>),
}

/// Reads a CSV row under this header.
pub(super) fn from_csv(header: &[String], row: &[u8], now: Timestamp) -> Result<Candidate, Fault> {
    let cells = csv_cells(row).map_err(|code| code.of("row"))?;
    if cells.len() != header.len() {
        return Err(FaultCode::WrongColumns.of("row"));
    }
    candidate(
        |field| header.iter().position(|column| column == field).map(|at| cells[at].as_str()),
        now,
    )
}

/// The cells of one CSV row (RFC 4180).
///
/// A quote in the middle of a cell that began without one leaves it open where the row ends: what
/// stands behind it would be lost without a word, so the row is refused.
pub(super) fn csv_cells(row: &[u8]) -> Result<Vec<String>, FaultCode> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row);
    let (mut record, mut more) = (csv::StringRecord::new(), csv::StringRecord::new());
    let mut read = |record| reader.read_record(record).map_err(|_| FaultCode::NotUtf8);
    read(&mut record)?;
    if read(&mut more)? {
        return Err(FaultCode::Quote);
    }
    Ok(record.iter().map(|cell| cell.trim().to_owned()).collect())
}

/// Reads a row of JSON Lines. Unknown and repeated keys are refused: a misspelt key must not lose
/// a mark.
pub(super) fn from_json(row: &[u8], now: Timestamp) -> Result<Candidate, Fault> {
    core::str::from_utf8(row).map_err(|_| FaultCode::NotUtf8.of("row"))?;
    let row: JsonRow = serde_json::from_slice(row).map_err(|_| FaultCode::NotJson.of("row"))?;
    candidate(|field| row.cell(field), now)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRow {
    number: Option<String>,
    family_name: Option<String>,
    given_name: Option<String>,
    birth_date: Option<String>,
    sex: Option<TextOrNumber>,
    nationalities: Option<OneOrMany>,
    portrait: Option<String>,
    portrait_base64: Option<String>,
    fingers: Option<String>,
    fingers_base64: Option<String>,
    #[serde(default, deserialize_with = "yes_or_no")]
    deceased: Option<String>,
    #[serde(default, deserialize_with = "yes_or_no")]
    card_lost: Option<String>,
    /// For people: what the row is for.
    #[serde(rename = "comment")]
    _comment: Option<IgnoredAny>,
}

impl JsonRow {
    fn cell(&self, field: &str) -> Option<&str> {
        let cell = match field {
            "number" => &self.number,
            "family_name" => &self.family_name,
            "given_name" => &self.given_name,
            "birth_date" => &self.birth_date,
            "sex" => return self.sex.as_ref().map(|sex| sex.0.as_str()),
            "nationalities" => return self.nationalities.as_ref().map(|list| list.0.as_str()),
            "portrait" => &self.portrait,
            "portrait_base64" => &self.portrait_base64,
            "fingers" => &self.fingers,
            "fingers_base64" => &self.fingers_base64,
            "deceased" => &self.deceased,
            _ => &self.card_lost,
        };
        cell.as_deref().map(str::trim)
    }
}

#[derive(Deserialize)]
#[serde(from = "TextOrNumberForm")]
struct TextOrNumber(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumberForm {
    Text(String),
    Number(u8),
}

impl From<TextOrNumberForm> for TextOrNumber {
    fn from(form: TextOrNumberForm) -> Self {
        Self(match form {
            TextOrNumberForm::Text(text) => text,
            TextOrNumberForm::Number(number) => number.to_string(),
        })
    }
}

#[derive(Deserialize)]
#[serde(from = "OneOrManyForm")]
struct OneOrMany(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrManyForm {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrManyForm> for OneOrMany {
    fn from(form: OneOrManyForm) -> Self {
        Self(match form {
            OneOrManyForm::One(one) => one,
            OneOrManyForm::Many(many) => many.join(" "),
        })
    }
}

fn yes_or_no<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<bool>::deserialize(from)?.map(|mark| mark.to_string()))
}

/// Reads the fields; the first that is wrong is the row's fault.
fn candidate<'a>(
    cell: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
) -> Result<Candidate, Fault> {
    let filled = |field: &'static str| {
        cell(field).filter(|text| !text.is_empty()).ok_or(FaultCode::Missing.of(field))
    };
    let number: ResidentNumber =
        filled("number")?.parse().map_err(|error| FaultCode::from(error).of("number"))?;
    let name = name(filled("family_name")?, cell("given_name").unwrap_or_default())?;
    let birth_date: Date =
        filled("birth_date")?.parse().map_err(|_| FaultCode::DateFormat.of("birth_date"))?;
    let sex = sex(filled("sex")?).ok_or(FaultCode::Sex.of("sex"))?;
    let nationalities = cell("nationalities")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<Vec<Country>, _>>()
        .map_err(|_| FaultCode::Country.of("nationalities"))?;
    let mark = |field: &'static str| match cell(field).unwrap_or_default() {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        _ => Err(FaultCode::YesOrNo.of(field)),
    };
    let marks = Marks { deceased: mark("deceased")?, card_lost: mark("card_lost")? };
    let person = NewResident { number, name, birth_date, sex, nationalities, marks };
    person.check(now).map_err(|error| of_person(&error))?;
    let given = |field| cell(field).filter(|text| !text.is_empty());
    let source =
        |path, bytes, twice: FaultCode, not_base64: FaultCode| match (given(path), given(bytes)) {
            (Some(path), None) => Ok(Some(PictureSource::Path(path.to_owned()))),
            (None, Some(text)) => match STANDARD.decode(text) {
                Ok(decoded) => Ok(Some(PictureSource::Bytes(Zeroizing::new(decoded)))),
                Err(_) => Err(not_base64.of(bytes)),
            },
            (Some(_), Some(_)) => Err(twice.of(path)),
            (None, None) => Ok(None),
        };
    let (twice, not_base64) = (FaultCode::PortraitTwice, FaultCode::PortraitBase64);
    let portrait = source("portrait", "portrait_base64", twice, not_base64)?
        .ok_or(FaultCode::Missing.of("portrait"))?;
    let (twice, not_base64) = (FaultCode::FingersTwice, FaultCode::FingersBase64);
    let fingers = source("fingers", "fingers_base64", twice, not_base64)?;
    Ok(Candidate { person, portrait, fingers })
}

/// A name, with the fault put on the part that has it.
fn name(family: &str, given: &str) -> Result<PersonName, Fault> {
    PersonName::new(family, given).map_err(|error| {
        let field = if PersonName::new(family, "").is_err() { "family_name" } else { "given_name" };
        FaultCode::from(error).of(field)
    })
}

fn sex(text: &str) -> Option<Sex> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "m" | "male" => Some(Sex::Male),
        "2" | "f" | "female" => Some(Sex::Female),
        "0" => Some(Sex::NotKnown),
        "9" => Some(Sex::NotApplicable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    fn row(change: &str) -> String {
        let mut row = serde_json::json!({
            "number": "11010519491231002X", "family_name": "Sand", "given_name": "Box",
            "birth_date": "1949-12-31", "sex": 2, "portrait": "a.jpg",
        });
        let change: serde_json::Value = serde_json::from_str(change).unwrap();
        for (key, value) in change.as_object().unwrap() {
            row[key] = value.clone();
        }
        row.to_string()
    }

    #[test]
    fn a_row_is_read_in_either_format() {
        let json = from_json(
            row(r#"{"deceased": true, "nationalities": ["CN", "ID"]}"#).as_bytes(),
            now(),
        );
        let header = [
            "number",
            "family_name",
            "given_name",
            "birth_date",
            "sex",
            "portrait",
            "nationalities",
            "deceased",
        ]
        .map(str::to_owned);
        let csv =
            from_csv(&header, b"11010519491231002x,Sand,Box,1949-12-31,F,a.jpg,CN ID,true", now());
        for candidate in [json, csv] {
            let Candidate { person, portrait, .. } = candidate.ok().unwrap();
            assert_eq!(person.name.full(), "Box Sand");
            assert_eq!(person.sex, Sex::Female);
            assert_eq!(person.nationalities, [Country::CN, Country::ID]);
            assert_eq!(person.marks, Marks { deceased: true, card_lost: false });
            assert!(matches!(portrait, PictureSource::Path(path) if path == "a.jpg"));
        }
    }

    #[test]
    fn each_fault_is_put_on_its_field() {
        for (change, field, code) in [
            (r#"{"number": null}"#, "number", FaultCode::Missing),
            (r#"{"number": "110105194912310021"}"#, "number", FaultCode::NumberCheckDigit),
            (r#"{"family_name": " "}"#, "family_name", FaultCode::Missing),
            (r#"{"given_name": "<b>"}"#, "given_name", FaultCode::NameCharacter),
            (r#"{"birth_date": "31.12.1949"}"#, "birth_date", FaultCode::DateFormat),
            (r#"{"birth_date": "1949-12-30"}"#, "birth_date", FaultCode::BirthDateDiffers),
            (r#"{"sex": 3}"#, "sex", FaultCode::Sex),
            (r#"{"sex": "male"}"#, "sex", FaultCode::SexDiffers),
            (r#"{"nationalities": "China"}"#, "nationalities", FaultCode::Country),
            (r#"{"portrait": ""}"#, "portrait", FaultCode::Missing),
            (r#"{"portrait_base64": "eA=="}"#, "portrait", FaultCode::PortraitTwice),
            (
                r#"{"portrait": null, "portrait_base64": "?"}"#,
                "portrait_base64",
                FaultCode::PortraitBase64,
            ),
            (r#"{"fingers": "a", "fingers_base64": "eA=="}"#, "fingers", FaultCode::FingersTwice),
            (r#"{"fingers_base64": "?"}"#, "fingers_base64", FaultCode::FingersBase64),
            (r#"{"decaesed": true}"#, "row", FaultCode::NotJson),
            (r#"{"deceased": "yes"}"#, "row", FaultCode::NotJson),
        ] {
            let fault = from_json(row(change).as_bytes(), now()).err();
            assert_eq!(fault, Some(code.of(field)), "{change}");
        }
        assert_eq!(
            from_json(b"{\"number\": \"\xff\"}", now()).err(),
            Some(FaultCode::NotUtf8.of("row"))
        );
        let twice = row("{}").replacen('{', r#"{"sex": 2,"#, 1);
        assert_eq!(from_json(twice.as_bytes(), now()).err(), Some(FaultCode::NotJson.of("row")));
        let header = ["number".to_owned()];
        assert_eq!(from_csv(&header, b"1,2", now()).err(), Some(FaultCode::WrongColumns.of("row")));
        let quote = Some(FaultCode::Quote.of("row"));
        assert_eq!(from_csv(&header, b"1\"\n2\"", now()).err(), quote);
    }

    proptest! {
        #[test]
        fn no_row_makes_the_readers_panic(row: Vec<u8>) {
            let header = FIELDS.map(str::to_owned);
            let _ = from_csv(&header, &row, now());
            let _ = from_json(&row, now());
        }
    }
}
