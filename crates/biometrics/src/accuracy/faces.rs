//! Walking a folder of photographs: a folder a person, with LFW's `pairs.txt` or without.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::rates::Rates;
use super::report::AccuracyReport;
use crate::embedding::Embedding;
use crate::frame::Frame;
use crate::models::Models;

/// Why a folder could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum AccuracyError {
    /// A folder or file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The folder holds no two pictures to compare.
    #[error("{} holds no folders of pictures, one for each person", .0.display())]
    NothingToCompare(PathBuf),
    /// The folder holds no set of impressions.
    #[error("{} holds no folder of files named <finger>_<impression>, as 101_1.tif", .0.display())]
    NoFingers(PathBuf),
    /// `pairs.txt` has a line that is not LFW's.
    #[error("pairs.txt, line {0}: not `name number number` or `name number name number`")]
    BadPair(usize),
}

struct Picture {
    person: usize,
    name: String,
    path: PathBuf,
}

/// Embeds every picture under `folder` (a folder a person) and compares: every two pictures, and
/// the pairs of LFW's `pairs.txt` when there is one. In each picture the face nearest the middle
/// counts, as is LFW's convention. Works on all processors; `progress` is told (done, of).
///
/// # Errors
/// [`AccuracyError`], when the folder cannot be read or holds nothing to compare. Pictures without
/// a face are counted in the report.
pub fn measure_faces(
    models: &Models,
    folder: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<AccuracyReport, AccuracyError> {
    let pictures = pictures(folder)?;
    if pictures.len() < 2 {
        return Err(AccuracyError::NothingToCompare(folder.to_owned()));
    }
    let embeddings = embed_all(models, &pictures, progress);
    let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
    for (index, one) in embeddings.iter().enumerate() {
        let Some(one) = one else { continue };
        for (other_index, other) in embeddings[..index].iter().enumerate() {
            let Some(other) = other else { continue };
            let same = pictures[index].person == pictures[other_index].person;
            if same { &mut genuine } else { &mut impostor }.push(one.similarity(other));
        }
    }
    let pairs = protocol_pairs(folder, &pictures, &embeddings)?;
    Ok(AccuracyReport {
        people: pictures.iter().map(|picture| picture.person).max().map_or(0, |last| last + 1),
        pictures: pictures.len(),
        without_face: embeddings.iter().filter(|embedding| embedding.is_none()).count(),
        all: Rates::new(genuine, impostor),
        protocol: pairs,
    })
}

fn pictures(folder: &Path) -> Result<Vec<Picture>, AccuracyError> {
    let mut pictures = Vec::new();
    let mut person = 0;
    for entry in sorted(folder)?.into_iter().filter(|entry| entry.is_dir()) {
        let before = pictures.len();
        for path in sorted(&entry)? {
            let extension =
                path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            let name = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
            if let Some(name) = name.filter(|_| {
                ["jpg", "jpeg", "png", "webp"].contains(&extension.to_lowercase().as_str())
            }) {
                pictures.push(Picture { person, name, path });
            }
        }
        if pictures.len() > before {
            person += 1;
        }
    }
    Ok(pictures)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, AccuracyError> {
    let unreadable = |source| AccuracyError::Unreadable { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

fn embed_all(
    models: &Models,
    pictures: &[Picture],
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Option<Embedding>> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let mut embeddings: Vec<Option<Embedding>> = vec![None; pictures.len()];
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..workers {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .filter(|&index| index < pictures.len())
                {
                    if sender.send((index, embed(models, &pictures[index].path))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (done, (index, embedding)) in receiver.into_iter().enumerate() {
            embeddings[index] = embedding;
            progress(done + 1, pictures.len());
        }
    });
    embeddings
}

fn embed(models: &Models, path: &Path) -> Option<Embedding> {
    let frame = Frame::parse(&fs::read(path).ok()?).ok()?;
    let (x, y) = (frame.width() as f32 / 2.0, frame.height() as f32 / 2.0);
    let face = models.faces(&frame).ok()?.into_iter().min_by(|a, b| {
        let away = |face: &crate::Face| (face.centre().x - x).hypot(face.centre().y - y);
        away(a).total_cmp(&away(b))
    })?;
    models.embed(&frame, &face).ok()
}

/// LFW's `pairs.txt`: `name n m` for two pictures of one person, `name n other m` for two people.
fn protocol_pairs(
    folder: &Path,
    pictures: &[Picture],
    embeddings: &[Option<Embedding>],
) -> Result<Option<Rates>, AccuracyError> {
    let path = folder.join("pairs.txt");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(AccuracyError::Unreadable { path, source }),
    };
    let by_name: HashMap<&str, &Embedding> = pictures
        .iter()
        .zip(embeddings)
        .filter_map(|(picture, embedding)| Some((picture.name.as_str(), embedding.as_ref()?)))
        .collect();
    let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let bad = || AccuracyError::BadPair(index + 1);
        let name = |person: &str, number: &str| {
            let number: u32 = number.parse().map_err(|_| bad())?;
            Ok::<_, AccuracyError>(format!("{person}_{number:04}"))
        };
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (one, other, scores) = match fields.as_slice() {
            // The first line counts folds and pairs.
            _ if index == 0 && fields.iter().all(|field| field.parse::<u32>().is_ok()) => continue,
            [] => continue,
            [person, one, other] => (name(person, one)?, name(person, other)?, &mut genuine),
            [person, one, another, other] => {
                (name(person, one)?, name(another, other)?, &mut impostor)
            }
            _ => return Err(bad()),
        };
        if let (Some(one), Some(other)) = (by_name.get(one.as_str()), by_name.get(other.as_str())) {
            scores.push(one.similarity(other));
        }
    }
    Ok(Some(Rates::new(genuine, impostor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(person: usize, name: &str) -> Picture {
        Picture { person, name: name.to_owned(), path: PathBuf::new() }
    }

    fn axis(index: usize) -> Option<Embedding> {
        let mut values = [0.0; Embedding::DIMENSIONS];
        values[index] = 1.0;
        Embedding::new(&values).ok()
    }

    #[test]
    fn lfw_pairs_are_read_and_bad_lines_named() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = [picture(0, "Ann_0001"), picture(0, "Ann_0002"), picture(1, "Bo_0001")];
        let embeddings = [axis(0), axis(0), axis(1)];
        let read = |text: &str| {
            fs::write(folder.path().join("pairs.txt"), text).unwrap();
            protocol_pairs(folder.path(), &pictures, &embeddings)
        };
        let rates = read("1\t1\nAnn\t1\t2\nAnn\t2\tBo\t1\n").unwrap().unwrap();
        assert_eq!((rates.genuine_pairs(), rates.impostor_pairs()), (1, 1));
        assert!((rates.at_threshold(0.5).fnmr, rates.at_threshold(0.5).fmr) == (0.0, 0.0));
        assert!(matches!(read("1 1\nAnn 1 2\nAnn x 2\n"), Err(AccuracyError::BadPair(3))));
        assert!(matches!(read("1 1\nAnn\n"), Err(AccuracyError::BadPair(2))));
    }

    #[test]
    fn a_folder_without_people_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(pictures(folder.path()).unwrap().is_empty());
        assert!(matches!(
            pictures(&folder.path().join("none")),
            Err(AccuracyError::Unreadable { .. })
        ));
    }
}
