//! What a genuine card speaks for: is it the resident's, is it valid, and is the live face that on it?

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tanda_biometrics::{CaptureAssessment, Embedding, Frame, Models};
use tanda_model::EvidenceKind;
use tanda_storage::authority::enrolment::EnrolmentRow;

use super::{ChipFault, ChipPortrait, Mismatch, OnCard, ReadingMeans, mismatches};
use crate::{Authority, Fault};

impl Authority {
    /// The evidence that a card is, for an application whose face holds; or what speaks against it.
    pub(super) async fn weigh_chip(
        &self,
        row: &EnrolmentRow,
        card: &OnCard,
        now: Timestamp,
    ) -> Result<Result<Vec<EvidenceKind>, ChipFault>, Fault> {
        let resident = row.resident.ok_or(Fault::Contradiction("evidence for nobody"))?;
        let entry = self.register.entry_of(resident).await?;
        let resident = entry.ok_or(Fault::Contradiction("evidence for nobody"))?.resident;
        let found = mismatches(&card.reading, &resident, day(now));
        if let Some(fault) = fault(&found) {
            return Ok(Err(fault));
        }
        if resident.marks.card_lost {
            return Ok(Err(ChipFault::CardLost));
        }
        let kind = match card.reading.means {
            ReadingMeans::Attested { .. } => EvidenceKind::AttestedChip,
            ReadingMeans::ChipAuthentication | ReadingMeans::ActiveAuthentication => {
                EvidenceKind::Chip
            }
        };
        Ok(match self.similarity(row, &card.portrait).await? {
            Some(similarity) if similarity >= self.config.thresholds.face_match => {
                Ok(vec![kind, EvidenceKind::ChipFace])
            }
            // Also where it is no number.
            Some(_) => Err(ChipFault::OtherFace),
            None => Ok(vec![kind]),
        })
    }

    /// Whether the card that an application's evidence rests on still counts, days after it was read: it is
    /// valid, nobody has reported it lost, and whoever spoke for it is believed as before.
    pub(in crate::enrolment) async fn card_still_counts(
        &self,
        row: &EnrolmentRow,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let resident = row.resident.ok_or(Fault::Contradiction("evidence for nobody"))?;
        let entry = self.register.entry_of(resident).await?;
        if entry.is_some_and(|entry| entry.resident.marks.card_lost) {
            return Ok(false);
        }
        let Some(card) = self.chip_reading(row.id).await? else { return Ok(true) };
        let valid = card.reading.expiry.is_none_or(|last| day(now) <= last);
        Ok(valid && self.chips().still_believes(&card.reading, now))
    }

    /// How similar the live face is to the card's portrait; `None` where the portrait can't be compared:
    /// it can't be read, or shows no single face.
    async fn similarity(
        &self,
        row: &EnrolmentRow,
        portrait: &ChipPortrait,
    ) -> Result<Option<f32>, Fault> {
        if !portrait.is_jpeg {
            return Ok(None);
        }
        let (evidence, _) = self.gather(row).await?;
        let capture = CaptureAssessment::weigh(&evidence.challenge, &evidence.shots).ok();
        let live = capture.ok_or(Fault::Contradiction("a face that holds and was not seen"))?.fused;
        let models = self.faces.models()?;
        let image = portrait.image.clone();
        let on_card = self.workers.run(move || embedding(&models, &image)).await?;
        Ok(on_card.map(|on_card| on_card.similarity(&live)))
    }
}

fn embedding(models: &Arc<Models>, image: &[u8]) -> Option<Embedding> {
    let frame = Frame::parse(image).ok()?;
    Some(models.enrol_portrait(&frame).ok()?.embedding)
}

/// The most telling of the differences.
fn fault(found: &BTreeSet<Mismatch>) -> Option<ChipFault> {
    match found.iter().next()? {
        Mismatch::Expired => Some(ChipFault::CardExpired),
        Mismatch::Number | Mismatch::Birth | Mismatch::Sex | Mismatch::Name => {
            Some(ChipFault::OtherPerson)
        }
    }
}

/// The day on which a card has to be valid.
fn day(now: Timestamp) -> Date {
    now.to_zoned_datetime(TimeZone::UTC).date()
}

/// The moment after a card's last day.
pub(super) fn end_of(day: Date) -> Option<Timestamp> {
    Some(day.tomorrow().ok()?.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}
