//! Finger minutiae records of other vendors: what is read is written as a record that reads the same.

use tanda_biometrics::finger::FingerRecord;

/// A record of two or three impressions.
pub const MAX_LEN: usize = 1024;

/// Takes a record.
pub fn run(data: &[u8]) -> Option<()> {
    let record = FingerRecord::from_bytes(data).ok()?;
    assert!(!record.views.is_empty());
    assert!(record.views.iter().all(|view| view.template.len() <= 100 && view.quality <= 100));
    assert_eq!(FingerRecord::from_bytes(&record.to_bytes()), Ok(record));
    Some(())
}
