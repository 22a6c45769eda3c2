//! The face models, loaded when first needed, and the gallery of every face that the authority
//! knows: portraits of the register, and faces that were enrolled.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tanda_biometrics::{Embedding, Gallery, Models};
use tanda_model::ResidentId;
use tanda_storage::{Authority as Role, Store};

use crate::Fault;
use crate::register::{Register, RegisteredFace};
use crate::sealing::{Label, Sealing};

/// What an enrolled face is sealed as, under its resident's key.
pub(crate) const ENROLLED_FACE: &str = "resident.enrolled-face";
/// Faces loaded at once.
const PAGE: u32 = 4096;
/// Hits looked at: more than the faces that one resident has.
const TOP: usize = 8;

pub(crate) struct Faces {
    folder: PathBuf,
    models: Mutex<Option<Arc<Models>>>,
    known: RwLock<Known>,
    /// Held while the gallery is brought up to date, so that it happens once.
    refreshing: tokio::sync::Mutex<Cursor>,
}

#[derive(Default)]
struct Known {
    gallery: Gallery,
    /// Whose face a row of the gallery is.
    residents: HashMap<u64, ResidentId>,
    rows: HashMap<(ResidentId, Kind), u64>,
    next: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Portrait,
    Enrolled,
}

/// How far the store has been read.
#[derive(Default)]
struct Cursor {
    registered: Option<(i64, ResidentId)>,
    removed: i64,
    enrolled: i64,
}

impl Faces {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            models: Mutex::default(),
            known: RwLock::default(),
            refreshing: tokio::sync::Mutex::default(),
        }
    }

    /// The models; loaded by the first who asks, which takes a fraction of a second of a core.
    pub(crate) fn models(&self) -> Result<Arc<Models>, Fault> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(models) = models.as_ref() {
            return Ok(Arc::clone(models));
        }
        let loaded = Arc::new(Models::load(&self.folder)?);
        *models = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Uses models that are loaded already.
    #[cfg(test)]
    pub(crate) fn use_models(&self, models: Arc<Models>) {
        *self.models.lock().unwrap() = Some(models);
    }

    /// Brings the gallery up to date with what this and other processes have stored.
    pub(crate) async fn refresh(
        &self,
        store: &Store<Role>,
        register: &Register,
        sealing: &Sealing,
    ) -> Result<(), Fault> {
        let mut cursor = self.refreshing.lock().await;
        loop {
            let faces = register.faces_after(cursor.registered, PAGE).await?;
            let Some(last) = faces.last() else { break };
            cursor.registered = Some((last.changed, last.id));
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            for RegisteredFace { id, embedding, .. } in &faces {
                known.push(*id, Kind::Portrait, embedding);
            }
        }
        loop {
            let faces = store.reader().await?.enrolled_faces_after(cursor.enrolled, PAGE).await?;
            let Some(last) = faces.last() else { break };
            cursor.enrolled = last.seq;
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            for face in &faces {
                let owner = face.resident.as_bytes();
                let key = sealing.unwrap_key(&face.wrapped_key, owner)?;
                let bytes = key.open(Label::new(ENROLLED_FACE, owner), &face.sealed_face)?;
                known.push(face.resident, Kind::Enrolled, &Embedding::from_bytes(&bytes)?);
            }
        }
        for (changed, id) in register.removed_after(cursor.removed).await? {
            cursor.removed = changed;
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.remove(id, Kind::Portrait);
            known.remove(id, Kind::Enrolled);
        }
        Ok(())
    }

    /// Forgets the face that a resident enrolled with; the register's portrait stays.
    pub(crate) fn forget_enrolled(&self, resident: ResidentId) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(resident, Kind::Enrolled);
    }

    /// The residents but `own` whose face is as similar as `threshold`, each with the similarity,
    /// the most similar first. Not all of them, where there are many.
    pub(crate) fn others(
        &self,
        face: &Embedding,
        own: ResidentId,
        threshold: f32,
    ) -> Vec<(ResidentId, f32)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let hits = known.gallery.search(&[face.quantise()], TOP, threshold);
        let mut others: Vec<(ResidentId, f32)> = hits
            .into_iter()
            .flatten()
            .filter_map(|hit| Some((*known.residents.get(&hit.id)?, hit.similarity)))
            .filter(|(id, _)| *id != own)
            .collect();
        others.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let mut seen = HashSet::new();
        others.retain(|(id, _)| seen.insert(*id));
        others
    }
}

impl Known {
    fn push(&mut self, resident: ResidentId, kind: Kind, face: &Embedding) {
        let row = *self.rows.entry((resident, kind)).or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.residents.insert(row, resident);
        self.gallery.push(row, &face.quantise());
    }

    fn remove(&mut self, resident: ResidentId, kind: Kind) {
        if let Some(row) = self.rows.remove(&(resident, kind)) {
            self.residents.remove(&row);
            self.gallery.remove(row);
        }
    }
}

impl std::fmt::Debug for Faces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faces").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn face(seed: u8) -> Embedding {
        let values: Vec<f32> =
            (0..128_u16).map(|i| f32::from((i * 7 + u16::from(seed) * 31) % 17) - 8.0).collect();
        Embedding::new(&values).unwrap()
    }

    #[test]
    fn ones_own_faces_are_nobody_elses() {
        let mut rng = StdRng::seed_from_u64(1);
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let [own, other] = [(); 2].map(|()| ResidentId::new(now, &mut rng));
        let faces = Faces::new(PathBuf::new());
        {
            let mut known = faces.known.write().unwrap();
            known.push(own, Kind::Portrait, &face(1));
            known.push(own, Kind::Enrolled, &face(1));
        }
        assert_eq!(faces.others(&face(1), own, 0.5), []);
        let hit = |faces: &Faces| match faces.others(&face(1), other, 0.5)[..] {
            [(id, similarity)] => id == own && similarity > 0.95,
            _ => false,
        };
        assert!(hit(&faces));
        faces.forget_enrolled(own);
        assert!(hit(&faces), "the portrait stays");
        faces.known.write().unwrap().remove(own, Kind::Portrait);
        assert_eq!(faces.others(&face(1), other, 0.5), []);
    }
}
