//! Folders of impressions in the layout of the Fingerprint Verification Competitions: a folder a set,
//! in it `<finger>_<impression>` as PNG, BMP, TIFF or PGM.

use std::fs;
use std::path::{Path, PathBuf};

use super::faces::AccuracyError;
use crate::finger::{Impression, ImpressionError};

/// What was found in a folder and the folders below it.
pub(super) struct Folders {
    /// By name.
    pub(super) sets: Vec<SetOfFiles>,
    /// What is no impression of a set, in words, by folder.
    pub(super) left_out: Vec<String>,
}

/// A folder of impressions that one scanner took.
pub(super) struct SetOfFiles {
    /// The folder's path below the one that was asked for.
    pub(super) name: String,
    /// Of each finger its impressions, by number.
    pub(super) fingers: Vec<Vec<PathBuf>>,
    /// What its files have where they don't say: what the competitions published, or 500.
    pub(super) dots_an_inch: u32,
}

/// An impression that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The file's name.
    pub file: String,
    /// Why.
    pub why: String,
}

const COMPETITIONS: [&str; 4] = ["fvc2000", "fvc2002", "fvc2004", "fvc2006"];
const SETS: [&str; 4] = ["db1", "db2", "db3", "db4"];
/// What they published about sets of other than 500 dots an inch, in files that don't say.
const PUBLISHED: [(&str, &str, u32); 4] = [
    ("fvc2002", "db2", 569),
    ("fvc2004", "db3", 512),
    ("fvc2006", "db1", 250),
    ("fvc2006", "db2", 569),
];

impl Folders {
    /// All sets in a folder and the folders below it.
    pub(super) fn all_in(folder: &Path) -> Result<Self, AccuracyError> {
        let mut found = Self { sets: Vec::new(), left_out: Vec::new() };
        found.collect(folder, folder)?;
        found.sets.sort_by(|one, other| one.name.cmp(&other.name));
        found.left_out.sort();
        Ok(found)
    }

    fn collect(&mut self, root: &Path, folder: &Path) -> Result<(), AccuracyError> {
        let unreadable = |source| AccuracyError::Unreadable { path: folder.to_owned(), source };
        let mut found: Vec<(String, u32, PathBuf)> = Vec::new();
        let mut others = 0;
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                self.collect(root, &path)?;
            } else if let Some((finger, impression)) = named(&path) {
                found.push((finger, impression, path));
            } else {
                others += 1;
            }
        }
        // As numbers where they are: 2 before 10.
        found.sort_by_key(|(finger, impression, _)| {
            (finger.parse::<u64>().unwrap_or(u64::MAX), finger.clone(), *impression)
        });
        let fingers: Vec<Vec<PathBuf>> = found
            .chunk_by(|one, other| one.0 == other.0)
            .map(|finger| finger.iter().map(|(_, _, path)| path.clone()).collect())
            .collect();
        let below = folder.strip_prefix(root).ok().filter(|path| !path.as_os_str().is_empty());
        let name = below.or_else(|| folder.file_name().map(Path::new)).unwrap_or(folder);
        let name = name.display().to_string();
        if others > 0 {
            let why = "not named <finger>_<impression>, or not PNG, BMP, TIFF or PGM";
            self.left_out.push(format!("{name}: files ({others}) {why}"));
        }
        if let [alone] = &*fingers {
            let files = alone.len();
            self.left_out
                .push(format!("{name}: no set, its impressions ({files}) are of one finger"));
        } else if !fingers.is_empty() {
            self.sets.push(SetOfFiles { name, fingers, dots_an_inch: published(folder) });
        }
        Ok(())
    }
}

impl SetOfFiles {
    /// Reads an impression; `known` goes before what its file says. Or why it can't be read.
    pub(super) fn read(&self, path: &Path, known: Option<u32>) -> Result<Impression, String> {
        let bytes = fs::read(path).map_err(|source| source.to_string())?;
        match Impression::decode(&bytes, known) {
            Err(ImpressionError::ResolutionUnknown | ImpressionError::Resolution)
                if known.is_none() =>
            {
                Impression::decode(&bytes, Some(self.dots_an_inch))
            }
            read => read,
        }
        .map_err(|why| why.to_string())
    }
}

/// What a set's files have that don't say: after the nearest folder on its path that is named like a set
/// of a competition, and from there on the nearest that is named like a competition.
fn published(folder: &Path) -> u32 {
    let path = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let names: Vec<String> =
        path.iter().rev().map(|name| name.to_string_lossy().to_lowercase()).collect();
    let first = |names: &[String], known: &[&'static str; 4]| {
        names
            .iter()
            .enumerate()
            .find_map(|(at, name)| Some((at, *known.iter().find(|known| name.contains(**known))?)))
    };
    let Some((at, set)) = first(&names, &SETS) else { return 500 };
    let Some((_, competition)) = first(&names[at..], &COMPETITIONS) else { return 500 };
    let dots = PUBLISHED.iter().find(|known| (known.0, known.1) == (competition, set));
    dots.map_or(500, |known| known.2)
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The finger and the number of the impression that a file is named after.
fn named(path: &Path) -> Option<(String, u32)> {
    let kind = path.extension()?.to_str()?.to_lowercase();
    if !["png", "bmp", "tif", "tiff", "pgm", "pnm"].contains(&kind.as_str()) {
        return None;
    }
    let (finger, impression) = path.file_stem()?.to_str()?.rsplit_once('_')?;
    Some((finger.to_owned(), impression.parse().ok()?)).filter(|_| !finger.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_found_at_any_depth_with_their_fingers_in_order() {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        };
        for name in ["fvc2002/Db2_b/10_1.tif", "fvc2002/Db2_b/2_2.TIF", "fvc2002/Db2_b/2_1.tif"] {
            put(name);
        }
        for name in
            ["a/b/left_1.png", "a/b/right_1.bmp", "a/b/notes.txt", "a/b/x.png", "a/c/1_1.png"]
        {
            put(name);
        }
        let Folders { sets, left_out } = Folders::all_in(root.path()).unwrap();
        let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, ["a/b", "fvc2002/Db2_b"], "one finger alone is no set");
        assert_eq!(sets.iter().map(|set| set.dots_an_inch).collect::<Vec<_>>(), [500, 569]);
        let shape: Vec<usize> = sets[1].fingers.iter().map(Vec::len).collect();
        assert_eq!(shape, [2, 1]);
        assert!(sets[1].fingers[0][0].ends_with("2_1.tif"));
        let others = "files (2) not named <finger>_<impression>, or not PNG, BMP, TIFF or PGM";
        let alone = "a/c: no set, its impressions (1) are of one finger";
        assert_eq!(left_out, [format!("a/b: {others}"), alone.to_owned()]);
        let alone = Folders::all_in(&root.path().join("a/b")).unwrap();
        assert_eq!(alone.sets[0].name, "b");
        assert!(Folders::all_in(&root.path().join("none")).is_err());
    }

    #[test]
    fn dots_an_inch_are_those_of_the_nearest_competition() {
        let dots = |path: &str| published(&Path::new("/nowhere").join(path));
        assert_eq!(dots("fvc2002/DB2_B"), 569);
        assert_eq!(dots("FVC2002/x/Db2_b/tiff"), 569);
        assert_eq!(dots("fvc2006-db1_b"), 250);
        assert_eq!(dots("fvc2002/fvc2004/DB2_B"), 500);
        assert_eq!(dots("fvc2004/fvc2002/DB2_B"), 569);
        assert_eq!(dots("fvc2004/DB3_B/fvc2002/DB1_B"), 500);
        assert_eq!(dots("fvc2002/2004/DB3_B"), 500, "a year alone is no competition");
        assert_eq!(dots("fvc2002/fingers"), 500);
        assert_eq!(dots("DB2_B"), 500);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_the_reason() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("1_1.png");
        fs::write(&path, b"nothing").unwrap();
        let name = "set".to_owned();
        let set = SetOfFiles { name, fingers: vec![vec![path.clone()]], dots_an_inch: 500 };
        let why = set.read(&path, None).unwrap_err();
        assert_eq!(why, ImpressionError::NotAPicture.to_string());
        assert!(set.read(&root.path().join("1_2.png"), None).is_err());
    }
}
