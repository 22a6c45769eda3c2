//! Folders of impressions in the layout of the Fingerprint Verification Competitions: a folder a set,
//! in it `<finger>_<impression>` as PNG, BMP, TIFF or PGM.

use std::fs;
use std::path::{Path, PathBuf};

use super::faces::AccuracyError;
use crate::finger::{Impression, ImpressionError};

/// A folder of impressions that one scanner took.
pub(super) struct SetOfFiles {
    /// The folder's path below the one that was asked for.
    pub(super) name: String,
    /// Of each finger its impressions, by number.
    pub(super) fingers: Vec<Vec<PathBuf>>,
    /// What its files have where they don't say: what the competitions published, or 500.
    dots_an_inch: u32,
}

/// What the competitions published about sets of other than 500 dots an inch, in files that don't say.
const PUBLISHED: [(&str, &str, u32); 4] =
    [("2002", "db2", 569), ("2004", "db3", 512), ("2006", "db1", 250), ("2006", "db2", 569)];

impl SetOfFiles {
    /// All sets in a folder and the folders below it, by name.
    pub(super) fn all_in(folder: &Path) -> Result<Vec<Self>, AccuracyError> {
        let mut sets = Vec::new();
        collect(folder, folder, &mut sets)?;
        sets.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(sets)
    }

    /// Reads an impression; `known` goes before what its file says.
    pub(super) fn read(&self, path: &Path, known: Option<u32>) -> Option<Impression> {
        let bytes = fs::read(path).ok()?;
        match Impression::decode(&bytes, known) {
            Err(ImpressionError::ResolutionUnknown | ImpressionError::Resolution)
                if known.is_none() =>
            {
                Impression::decode(&bytes, Some(self.dots_an_inch)).ok()
            }
            read => read.ok(),
        }
    }
}

fn collect(root: &Path, folder: &Path, sets: &mut Vec<SetOfFiles>) -> Result<(), AccuracyError> {
    let unreadable = |source| AccuracyError::Unreadable { path: folder.to_owned(), source };
    let mut found: Vec<(String, u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            collect(root, &path, sets)?;
        } else if let Some((finger, impression)) = named(&path) {
            found.push((finger, impression, path));
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
    if fingers.len() > 1 {
        let below = folder.strip_prefix(root).ok().filter(|path| !path.as_os_str().is_empty());
        let name = below.or_else(|| folder.file_name().map(Path::new)).unwrap_or(folder);
        let path = folder.display().to_string().to_lowercase();
        let published = PUBLISHED.iter().find(|(year, set, _)| {
            let set_names = path.rsplit(['/', '\\']).next().is_some_and(|name| name.contains(set));
            path.contains(year) && set_names
        });
        let dots_an_inch = published.map_or(500, |(_, _, dots)| *dots);
        sets.push(SetOfFiles { name: name.display().to_string(), fingers, dots_an_inch });
    }
    Ok(())
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
        let sets = SetOfFiles::all_in(root.path()).unwrap();
        let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, ["a/b", "fvc2002/Db2_b"], "one finger alone is no set");
        assert_eq!(sets.iter().map(|set| set.dots_an_inch).collect::<Vec<_>>(), [500, 569]);
        let shape: Vec<usize> = sets[1].fingers.iter().map(Vec::len).collect();
        assert_eq!(shape, [2, 1]);
        assert!(sets[1].fingers[0][0].ends_with("2_1.tif"));
        let alone = SetOfFiles::all_in(&root.path().join("a/b")).unwrap();
        assert_eq!(alone[0].name, "b");
        assert!(SetOfFiles::all_in(&root.path().join("none")).is_err());
    }
}
