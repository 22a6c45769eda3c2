//! Trees, proofs, checkpoints and tiles: by the vectors of others, and against a tree that is
//! computed as RFC 6962 writes it down.

use proptest::prelude::*;
use tanda_credential::log::{
    Checkpoint, CheckpointError, Frontier, Hash, LogKey, LogSigner as _, LogVerifier, Node, Nodes,
    ProofError, Span, Tile, append, consistency, inclusion, needed_to_append,
};

/// The entries and node hashes with which Certificate Transparency's implementations are tested.
const ENTRIES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEAVES: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
];
const PAIRS: [&str; 4] = [
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
];
const FOURS: [&str; 2] = [
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
];

fn hash(hex: &str) -> Hash {
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    Hash::try_from(bytes.as_slice()).unwrap()
}

fn at(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

/// The log of some entries, appended one by one as a store would.
fn log(entries: &[Vec<u8>]) -> Nodes {
    let mut nodes = Nodes::default();
    for (index, entry) in (0..).zip(entries) {
        let completed = append(index, Hash::of_leaf(entry), &nodes).unwrap();
        for (level, hash) in (0_u8..).zip(completed) {
            nodes.insert(Node { level, index: index >> level }, hash);
        }
    }
    nodes
}

fn reference() -> Nodes {
    log(&ENTRIES.map(<[u8]>::to_vec))
}

fn prove(spans: &[Span], nodes: &Nodes) -> Vec<Hash> {
    spans.iter().map(|span| span.hash(nodes).unwrap()).collect()
}

/// MTH of RFC 6962 section 2.1, word for word.
fn tree_hash(entries: &[Vec<u8>]) -> Hash {
    match entries {
        [] => Hash::of_nothing(),
        [entry] => Hash::of_leaf(entry),
        _ => {
            let mut k = 1;
            while 2 * k < entries.len() {
                k *= 2;
            }
            Hash::of_node(&tree_hash(&entries[..k]), &tree_hash(&entries[k..]))
        }
    }
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let nodes = reference();
    for (size, root) in (0..).zip(ROOTS) {
        assert_eq!(Span::tree(size).hash(&nodes), Some(hash(root)), "{size}");
    }
    for (index, leaf) in (0..).zip(LEAVES) {
        assert_eq!(nodes.hash(Node::leaf(index)), Some(hash(leaf)));
    }
}

#[test]
fn inclusion_proofs_are_those_of_certificate_transparency() {
    let nodes = reference();
    for (index, size, path) in [
        (0, 1, vec![]),
        (0, 8, vec![LEAVES[1], PAIRS[1], FOURS[1]]),
        (5, 8, vec![LEAVES[4], PAIRS[3], FOURS[0]]),
        (2, 3, vec![PAIRS[0]]),
        (1, 5, vec![LEAVES[0], PAIRS[1], LEAVES[4]]),
    ] {
        let path: Vec<Hash> = path.into_iter().map(hash).collect();
        assert_eq!(prove(&inclusion::spans(index, size), &nodes), path, "{index} of {size}");
        let (leaf, root) = (hash(LEAVES[at(index)]), hash(ROOTS[at(size)]));
        assert_eq!(inclusion::verify(leaf, index, size, root, &path), Ok(()));
    }
    assert_eq!(inclusion::spans(3, 3), []);
}

#[test]
fn consistency_proofs_are_those_of_certificate_transparency() {
    let nodes = reference();
    for (old, new, path) in [
        (1, 1, vec![]),
        (0, 8, vec![]),
        (1, 8, vec![LEAVES[1], PAIRS[1], FOURS[1]]),
        (6, 8, vec![PAIRS[2], PAIRS[3], FOURS[0]]),
        (2, 5, vec![PAIRS[1], LEAVES[4]]),
        (6, 7, vec![PAIRS[2], LEAVES[6], FOURS[0]]),
    ] {
        let path: Vec<Hash> = path.into_iter().map(hash).collect();
        assert_eq!(prove(&consistency::spans(old, new), &nodes), path, "{old} to {new}");
        let head = |size: u64| (size, hash(ROOTS[at(size)]));
        assert_eq!(consistency::verify(head(old), head(new), &path), Ok(()));
    }
}

#[test]
fn proofs_of_another_form_do_not_hold() {
    let (leaf, root) = (hash(LEAVES[0]), hash(ROOTS[8]));
    let path = [LEAVES[1], PAIRS[1], FOURS[1]].map(hash);
    let form = Err(ProofError::Form);
    assert_eq!(inclusion::verify(leaf, 8, 8, root, &path), form);
    assert_eq!(inclusion::verify(leaf, 0, 8, root, &path[..2]), form);
    assert_eq!(inclusion::verify(leaf, 0, 8, root, &[path[0]; 4]), form);
    assert_eq!(inclusion::verify(leaf, 1, 8, root, &path), Err(ProofError::Root));
    assert_eq!(inclusion::verify(leaf, 0, 0, root, &[]), form);
    let head = |size: u64| (size, hash(ROOTS[at(size)]));
    assert_eq!(consistency::verify(head(8), head(1), &path), form);
    assert_eq!(consistency::verify(head(1), head(8), &path[..2]), form);
    assert_eq!(consistency::verify(head(1), head(8), &[]), form);
    assert_eq!(consistency::verify(head(3), head(8), &[]), form);
    assert_eq!(consistency::verify(head(0), head(8), &path), form);
    assert_eq!(consistency::verify(head(8), head(8), &path), form);
    let other = (8, hash(ROOTS[7]));
    assert_eq!(consistency::verify(other, head(8), &[]), Err(ProofError::Root));
    assert_eq!(consistency::verify((0, hash(ROOTS[1])), head(8), &[]), Err(ProofError::Root));
    assert_eq!(consistency::verify(head(1), other, &path), Err(ProofError::Root));
}

proptest! {
    /// Made of nodes or written down by the book: the same trees; and every proof holds, and holds
    /// no longer when one bit of anything is another.
    #[test]
    fn agrees_with_the_definition(
        entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..4), 1..70),
        which in any::<prop::sample::Index>(),
        upto in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
    ) {
        let nodes = log(&entries);
        let size = entries.len() as u64;
        let root = tree_hash(&entries);
        prop_assert_eq!(Span::tree(size).hash(&nodes), Some(root));
        let mut frontier = Frontier::default();
        for (index, entry) in (0..).zip(&entries) {
            let completed = frontier.push(Hash::of_leaf(entry));
            prop_assert_eq!(append(index, Hash::of_leaf(entry), &nodes), Some(completed));
        }
        prop_assert_eq!((frontier.size(), frontier.root()), (size, root));

        let index = which.index(entries.len()) as u64;
        let leaf = Hash::of_leaf(&entries[at(index)]);
        let proof = prove(&inclusion::spans(index, size), &nodes);
        prop_assert_eq!(inclusion::verify(leaf, index, size, root, &proof), Ok(()));
        let other = Hash::of_leaf(b"something else");
        prop_assert!(inclusion::verify(other, index, size, root, &proof).is_err());
        prop_assert!(inclusion::verify(leaf, index, size, other, &proof).is_err());
        if !proof.is_empty() {
            let mut changed = proof.clone();
            changed[place.index(proof.len())] = other;
            prop_assert!(inclusion::verify(leaf, index, size, root, &changed).is_err());
        }

        let old = upto.index(entries.len()) as u64 + 1;
        let old_root = tree_hash(&entries[..at(old)]);
        let proof = prove(&consistency::spans(old, size), &nodes);
        prop_assert_eq!(consistency::verify((old, old_root), (size, root), &proof), Ok(()));
        prop_assert!(consistency::verify((old, other), (size, root), &proof).is_err());
        prop_assert!(consistency::verify((old, old_root), (size, other), &proof).is_err());
        if !proof.is_empty() {
            let mut changed = proof.clone();
            changed[place.index(proof.len())] = other;
            prop_assert!(consistency::verify((old, old_root), (size, root), &changed).is_err());
        }
    }

    /// Whatever comes as a proof is answered.
    #[test]
    fn proofs_never_panic(
        index in any::<u64>(), size in any::<u64>(), proof in proptest::collection::vec(any::<[u8; 32]>(), 0..80),
    ) {
        let proof: Vec<Hash> = proof.into_iter().map(Hash::from_bytes).collect();
        let root = Hash::of_nothing();
        let _ = inclusion::verify(root, index, size, root, &proof);
        let _ = consistency::verify((index, root), (size, root), &proof);
        prop_assert!(inclusion::spans(index, size).len() <= 64);
        prop_assert!(consistency::spans(index, size).len() <= 65);
    }
}

#[test]
fn appending_needs_one_node_on_average() {
    let needed: usize = (0..1024).map(|index| needed_to_append(index).count()).sum();
    assert_eq!(needed, 1023);
}

/// The seed, key and note of the Go project's tests of signed notes.
#[test]
fn a_key_is_known_and_signs_as_the_go_checksum_database_does() {
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let verifier: LogVerifier = text.parse().unwrap();
    assert_eq!(verifier.to_string(), text);
    assert_eq!(verifier.name(), "PeterNeumann");
    for mangled in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert!(mangled.parse::<LogVerifier>().is_err(), "{mangled}");
    }
}

/// The example of C2SP's tlog-checkpoint has no public key with it: RFC 8032's first test key
/// stands in, whose signatures are deterministic.
fn key() -> (LogKey, LogVerifier) {
    let seed = hash("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let key = LogKey::from_seed(seed.as_bytes()).unwrap();
    let public = hash("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_eq!(&key.public(), public.as_bytes());
    let verifier = LogVerifier::new("example.com/log", key.public()).unwrap();
    (key, verifier)
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: "example.com/log".to_owned(), size: 8, root: hash(ROOTS[8]) }
}

#[test]
fn a_checkpoint_is_signed_and_read() {
    let (key, verifier) = key();
    let note = checkpoint().sign(&verifier, &key).unwrap();
    let root = hash(ROOTS[8]);
    assert!(note.starts_with(&format!("example.com/log\n8\n{root}\n\n\u{2014} example.com/log ")));
    assert_eq!(checkpoint().sign(&verifier, &key).unwrap(), note, "the same words again");
    assert_eq!(Checkpoint::open(note.as_bytes(), &verifier), Ok(checkpoint()));
    let again = LogKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
    assert_eq!(again.public(), key.public());
    assert!(LogKey::from_pkcs8(b"no key").is_err());
    // Witnesses may sign it as well; what the log signed still counts.
    let witness = LogKey::from_seed(&[7; 32]).unwrap();
    let other = LogVerifier::new("witness.example", witness.public()).unwrap();
    let cosigned = checkpoint().sign(&other, &witness).unwrap();
    let line = cosigned.lines().last().unwrap();
    let cosigned = format!("{note}{line}\n");
    assert_eq!(Checkpoint::open(cosigned.as_bytes(), &verifier), Ok(checkpoint()));
    assert_eq!(Checkpoint::open(cosigned.as_bytes(), &other), Err(CheckpointError::OtherLog));
}

#[test]
fn a_checkpoint_that_was_changed_or_is_anothers_is_refused() {
    let (key, verifier) = key();
    let note = checkpoint().sign(&verifier, &key).unwrap();
    let open = |note: &str| Checkpoint::open(note.as_bytes(), &verifier);
    assert_eq!(open(&note.replace("\n8\n", "\n9\n")), Err(CheckpointError::Forged));
    let stranger = LogKey::from_seed(&[7; 32]).unwrap();
    let named = LogVerifier::new("example.com/log", stranger.public()).unwrap();
    let forged = checkpoint().sign(&named, &stranger).unwrap();
    assert_eq!(open(&forged), Err(CheckpointError::Unsigned));
    // One bad signature in the log's name spoils the note, whatever else is on it.
    let (head, tail) = note.split_at(note.len() - 4);
    let bad = format!("{head}{}", tail.chars().rev().collect::<String>().trim_start());
    assert!(open(&bad).is_err());
    let elsewhere = Checkpoint { origin: "example.com/other".to_owned(), ..checkpoint() };
    assert_eq!(open(&elsewhere.sign(&verifier, &key).unwrap()), Err(CheckpointError::OtherLog));
    for malformed in
        ["", "\n", "\n\n", "a\n\n\n", &note[..note.len() - 1], &note.replace('\n', "\r\n")]
    {
        assert_eq!(open(malformed), Err(CheckpointError::Malformed), "{malformed:?}");
    }
    for size in ["08", "+8", "-8", "", "18446744073709551616"] {
        let text = format!("example.com/log\n{size}\n{}\n", hash(ROOTS[8]));
        let signature = b64(&verifier, &key, &text);
        let note = format!("{text}\n\u{2014} example.com/log {signature}\n");
        assert_eq!(open(&note), Err(CheckpointError::Malformed), "{size}");
    }
}

/// A note's signature over any text.
fn b64(verifier: &LogVerifier, key: &LogKey, text: &str) -> String {
    let id = verifier.to_string().split('+').nth(1).unwrap().to_owned();
    let mut signature = u32::from_str_radix(&id, 16).unwrap().to_be_bytes().to_vec();
    signature.extend(key.sign(text.as_bytes()).unwrap());
    tanda_credential::b64::encode_standard(signature)
}

#[test]
fn names_that_a_note_cannot_hold_are_refused() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        assert!(LogVerifier::new(name, [1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn tiles_have_one_path_each() {
    for path in ["0/000", "0/000.p/1", "0/255.p/255", "1/x001/234", "0/x001/x234/067", "7/000.p/9"]
    {
        assert_eq!(path.parse::<Tile>().unwrap().to_string(), path);
    }
    for path in [
        "",
        "0",
        "0/",
        "0/0",
        "00/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "8/000",
        "-1/000",
        "0/x000/001",
        "0/001/002",
        "0/x001",
        "0/x001/x002",
        "0/000.p/",
        "0/000/",
        "0//000",
        "entries/000",
        "0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

/// C2SP's example: the tiles of a tree of 70,000.
#[test]
fn a_log_has_the_tiles_that_its_size_gives_it() {
    let has = |path: &str| path.parse::<Tile>().unwrap().is_in(70_000);
    for path in ["0/000", "0/272", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1", "0/273.p/1"] {
        assert!(has(path), "{path}");
    }
    for path in
        ["0/273", "0/273.p/113", "0/274.p/1", "1/001", "1/001.p/18", "2/000.p/2", "3/000.p/1"]
    {
        assert!(!has(path), "{path}");
    }
}

#[test]
fn a_tile_holds_the_hashes_of_its_level() {
    let entries: Vec<Vec<u8>> = (0..600_u32).map(|n| n.to_be_bytes().to_vec()).collect();
    let nodes = log(&entries);
    let content = |path: &str| path.parse::<Tile>().unwrap().content(&nodes);
    let first = content("0/000").unwrap();
    assert_eq!(first.len(), 8192);
    assert_eq!(first[..32], *Hash::of_leaf(&entries[0]).as_bytes());
    assert_eq!(content("0/002.p/88").unwrap().len(), 88 * 32);
    let above = content("1/000.p/2").unwrap();
    assert_eq!(above[32..], *tree_hash(&entries[256..512]).as_bytes());
    assert_eq!(content("0/002"), None);
}

proptest! {
    /// Whatever comes, the parsers answer, and what they take they write again.
    #[test]
    fn parsers_never_panic(text in "\\PC*", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (_, verifier) = key();
        prop_assert!(Checkpoint::open(text.as_bytes(), &verifier).is_err());
        prop_assert!(Checkpoint::open(&bytes, &verifier).is_err());
        if let Ok(tile) = text.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), text.clone());
        }
        if let Ok(verifier) = text.parse::<LogVerifier>() {
            prop_assert_eq!(verifier.to_string(), text.clone());
        }
        if let Ok(hash) = text.parse::<Hash>() {
            prop_assert_eq!(hash.to_string(), text);
        }
    }

    #[test]
    fn a_tile_and_its_path(level in 0_u8..4, index in any::<u32>(), width in 1_u16..256) {
        let padded = format!("{index:012}");
        let digits = padded.trim_start_matches("000");
        let digits = if digits.is_empty() { "000" } else { digits };
        let parts: Vec<&str> = (0..digits.len()).step_by(3).map(|at| &digits[at..at + 3]).collect();
        let path = format!("{level}/{}", parts.join("/x")).replacen("/", "/x", 1);
        let (above, last) = path.rsplit_once("/x").unwrap();
        let path = format!("{above}/{last}.p/{width}");
        prop_assert_eq!(path.parse::<Tile>().map(|tile| tile.to_string()), Ok(path));
    }
}
