//! Fingers' templates and references as they are kept: what is read is written alike, and can be
//! compared with itself and the other.

use tanda_biometrics::finger::{FingerReference, FingerTemplate, Probe};

/// A reference of some fingers.
pub const MAX_LEN: usize = 2048;

/// Takes what was kept.
pub fn run(data: &[u8]) -> Option<()> {
    if let Ok(reference) = FingerReference::from_bytes(data) {
        assert_eq!(reference.to_bytes(), data);
        assert!(reference.fingers().count() >= 2);
        assert!(reference.fingers().all(|(_, impressions)| (1..=3).contains(&impressions)));
        let templates: Vec<&FingerTemplate> =
            reference.impressions().map(|(_, template)| template).collect();
        assert!(Probe::new(templates[0]).compare(templates[1]).0.is_finite());
        return Some(());
    }
    let template = FingerTemplate::from_bytes(data).ok()?;
    assert_eq!(template.to_bytes(), data);
    assert!(template.len() <= 100);
    assert!(Probe::new(&template).compare(&template).0.is_finite());
    Some(())
}
