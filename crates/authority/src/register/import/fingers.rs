//! A row's fingers: a record of templates, or a folder of pictures, each named as its finger is.

use tanda_biometrics::finger::{
    FingerPosition, FingerRecord, FingerReference, FingerTemplate, Impression,
};

use super::fault::{Fault, FaultCode};
use super::portrait::{PathFault, Portraits};
use super::record::PictureSource;

/// Reads the fingers, and checks that they are good enough to know somebody by. Takes a while where
/// they are pictures.
pub(super) fn check(
    portraits: &Portraits,
    source: Option<PictureSource>,
) -> Result<Option<FingerReference>, Fault> {
    let Some(source) = source else { return Ok(None) };
    let (field, reference) = match source {
        PictureSource::Bytes(bytes) => ("fingers_base64", read_fingers(&bytes)),
        PictureSource::Path(path) => ("fingers", at(portraits, &path)),
    };
    reference.map(Some).map_err(|code| code.of(field))
}

fn at(portraits: &Portraits, path: &str) -> Result<FingerReference, FaultCode> {
    let unreached = |fault| match fault {
        PathFault::Outside => FaultCode::FingersOutside,
        PathFault::Unreadable => FaultCode::FingersUnreadable,
    };
    let pictures = portraits.read_folder(path).map_err(unreached)?;
    if pictures.is_empty() {
        return read_fingers(&portraits.read(path).map_err(unreached)?);
    }
    let impressions = pictures.iter().map(|(name, bytes)| impression(name, bytes));
    Ok(FingerReference::enrol(impressions.collect::<Result<Vec<_>, _>>()?)?)
}

/// The fingers of a record: of ISO/IEC 19794-2:2005, or as Tanda keeps them. Of a template nothing can
/// be asked but whether it holds enough, and that each finger is there under one name.
///
/// # Errors
/// A [`FaultCode`] of fingers.
pub fn read_fingers(bytes: &[u8]) -> Result<FingerReference, FaultCode> {
    let impressions: Vec<(FingerPosition, FingerTemplate)> =
        match FingerReference::from_bytes(bytes) {
            Ok(kept) => kept.impressions().map(|(at, template)| (at, template.clone())).collect(),
            Err(_) => {
                let record =
                    FingerRecord::from_bytes(bytes).map_err(|_| FaultCode::FingersNotRead)?;
                record.into_impressions().collect()
            }
        };
    if !impressions.iter().all(|(_, template)| template.has_enough_minutiae()) {
        return Err(FaultCode::FingersPoor);
    }
    Ok(FingerReference::enrol(impressions)?)
}

/// A picture and whose finger its name says it is of: `right-index.png`, `right-index-2.png`.
fn impression(name: &str, bytes: &[u8]) -> Result<(FingerPosition, FingerTemplate), FaultCode> {
    let position = FingerPosition::of_file(name).map_err(|_| FaultCode::FingersUnnamed)?;
    let impression = Impression::decode(bytes, None).map_err(|_| FaultCode::FingersNotRead)?;
    let template = impression.usable_template().map_err(|_| FaultCode::FingersPoor)?;
    Ok((position, template))
}
