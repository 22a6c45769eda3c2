use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::crypto::Curve;
use tanda_chip::tlv::tlv;
use tanda_sandbox_chip::issuing::{
    DocumentSigner, KeyPair, Request, Usage, extension, issue, revoke, sign_content, with_sha1,
};
use tempfile::TempDir;

use super::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn days(from: i32, to: i32) -> [Timestamp; 2] {
    [now() + DAY * from, now() + DAY * to]
}

/// A country that signs, by two letters.
struct Country {
    rng: StdRng,
    name: Vec<u8>,
    key: KeyPair,
    certificate: Vec<u8>,
}

impl Country {
    fn new(code: &str, seed: u64) -> Self {
        Self::valid(code, seed, days(-400, 4000))
    }

    fn valid(code: &str, seed: u64, validity: [Timestamp; 2]) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let part = [tlv(0x06, &[0x55, 0x04, 0x06]), tlv(0x13, code.as_bytes())].concat();
        let name = tlv(0x30, &tlv(0x31, &tlv(0x30, &part)));
        let key = KeyPair::draw(Curve::P256, &mut rng);
        let mut country = Self { rng, name, key, certificate: Vec::new() };
        let key = country.key.clone();
        country.certificate = country.issue(&key, 1, Usage::Country, validity, Vec::new());
        country
    }

    fn issue(
        &mut self,
        key: &KeyPair,
        serial: u8,
        usage: Usage,
        validity: [Timestamp; 2],
        more: Vec<u8>,
    ) -> Vec<u8> {
        let request = Request {
            issuer: &self.name,
            issuer_key: &self.key,
            subject: &self.name,
            key,
            serial,
            usage,
            validity,
            more,
        };
        issue(&request, &mut self.rng)
    }

    fn fingerprint(&self) -> Fingerprint {
        SignerCertificate::from_der(&self.certificate).unwrap().fingerprint()
    }

    /// Its revocation list, issued so many days from now.
    fn revocations(&mut self, serials: &[u8], issued: i32) -> Vec<u8> {
        revoke(&self.name, &self.key, serials, days(issued, issued + 30), &mut self.rng)
    }

    fn master_list(&mut self, entries: &[Vec<u8>]) -> Vec<u8> {
        let key = KeyPair::draw(Curve::P256, &mut self.rng);
        // id-icao-cscaMasterListSigningKey, and then id-icao-cscaMasterList.
        let purpose = tlv(0x30, &tlv(0x06, &[0x67, 0x81, 0x08, 0x01, 0x01, 0x03]));
        let purpose = extension(&[0x55, 0x1d, 0x25], true, &purpose);
        let signer = DocumentSigner {
            certificate: self.issue(&key, 9, Usage::Documents, days(-30, 300), purpose),
            key,
            issuer: self.name.clone(),
            serial: 9,
            signs_at: now() - DAY,
        };
        let mut sorted = entries.to_vec();
        sorted.sort_unstable();
        let content = tlv(0x30, &[tlv(0x02, &[0]), tlv(0x31, &sorted.concat())].concat());
        let kind = [0x67, 0x81, 0x08, 0x01, 0x01, 0x02];
        sign_content(&kind, &content, &signer, &mut self.rng)
    }
}

/// An operator, with a folder for the authority and one for what came.
struct Operator {
    folder: TempDir,
    came: TempDir,
}

impl Operator {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), came: tempfile::tempdir().unwrap() }
    }

    /// Takes files over; the states and endings of what was laid down.
    fn take(&self, files: &[&[u8]], word: &Word) -> Result<Vec<String>, TakeError> {
        let lay = |(at, bytes): (usize, &&[u8])| {
            let path = self.came.path().join(at.to_string());
            fs::write(&path, bytes).unwrap();
            path
        };
        let brought = Brought::read(files.iter().enumerate().map(lay).collect())?;
        let taken = brought.take(self.folder.path(), word, now())?;
        let short = |taken: Taken| {
            let [state, file] =
                [0, 1].map(|at| taken.path.iter().nth(at).unwrap().to_string_lossy());
            format!("{state}.{}", file.split_once('.').unwrap().1)
        };
        Ok(taken.into_iter().map(short).collect())
    }

    fn believed(&self) -> CountrySigners {
        ChipTrust::read(self.folder.path(), now()).unwrap().signers
    }

    fn is_untouched(&self) -> bool {
        fs::read_dir(self.folder.path()).unwrap().next().is_none()
    }
}

fn word(trusted: &[Fingerprint], states: &[(&str, &str)]) -> Word {
    let states = states.iter().map(|(country, state)| ((*country).to_owned(), (*state).to_owned()));
    Word { trusted: trusted.iter().copied().collect(), states: states.collect() }
}

#[test]
fn a_master_list_is_taken_over_for_the_states_that_are_named() {
    let [mut publisher, wanted, other] =
        [("AA", 1), ("BB", 2), ("CC", 3)].map(|(c, s)| Country::new(c, s));
    let expired = Country::valid("BB", 4, days(-400, -1));
    let entries = [&publisher, &wanted, &other, &expired].map(|it| it.certificate.clone());
    let list = publisher.master_list(&entries);
    let revocations = publisher.revocations(&[], -1);
    let both: [&[u8]; 2] = [&list, &revocations];
    let good = word(&[publisher.fingerprint()], &[("BB", "BBB")]);

    // Each thing that has to be, by its lack.
    let operator = Operator::new();
    let refused = |files: &[&[u8]], word: &Word| {
        let error = operator.take(files, word).unwrap_err();
        assert!(operator.is_untouched(), "{error}");
        error
    };
    let error = refused(&both, &word(&[], &[("BB", "BBB")]));
    let named = publisher.fingerprint();
    assert!(
        matches!(error, TakeError::ListNotTrusted { fingerprint, .. } if fingerprint == named),
        "{error}"
    );
    // One that the list proposes can't speak for the list.
    let error = refused(&both, &word(&[wanted.fingerprint()], &[("BB", "BBB")]));
    assert!(matches!(error, TakeError::ListNotTrusted { .. }), "{error}");
    assert!(matches!(refused(&[&list], &good), TakeError::ListRevoked(_)));
    let revoked = publisher.revocations(&[9], -1);
    assert!(matches!(refused(&[&list, &revoked], &good), TakeError::ListRevoked(_)));
    let mut changed = list.clone();
    *changed.last_mut().unwrap() ^= 1;
    let error = refused(&[&changed, &revocations], &good);
    assert!(matches!(error, TakeError::List(_, MasterListError::Signature)), "{error}");
    let error = refused(&both, &word(&[publisher.fingerprint()], &[]));
    assert!(error.to_string().contains("AA, BB, CC"), "{error}");
    let error = refused(&both, &word(&[publisher.fingerprint()], &[("DD", "DDD")]));
    assert!(matches!(error, TakeError::NothingOf(country) if country == "DD"));
    let error =
        refused(&both, &word(&[publisher.fingerprint(), other.fingerprint()], &[("BB", "BBB")]));
    assert!(matches!(error, TakeError::NotThere(lost) if lost == other.fingerprint()), "{error}");

    assert_eq!(operator.take(&both, &good).unwrap(), ["BBB.cer"]);
    let believed = operator.believed();
    let believes = |country: &Country| {
        believed.believes(&SignerCertificate::from_der(&country.certificate).unwrap())
    };
    assert!(believes(&wanted) && !believes(&publisher) && !believes(&other) && !believes(&expired));
    // Once more, and nothing is new.
    assert!(operator.take(&both, &good).unwrap().is_empty());
}

#[test]
fn a_country_signer_is_taken_over_by_its_fingerprint_and_what_it_issued_by_itself() {
    let mut country = Country::new("BB", 1);
    let mut next = Country::new("BB", 2);
    let next_key = next.key.clone();
    let link = country.issue(&next_key, 2, Usage::Country, days(-1, 100), Vec::new());
    let own = KeyPair::draw(Curve::P256, &mut country.rng);
    let documents = next.issue(&own, 3, Usage::Documents, days(-1, 100), Vec::new());
    let root = country.certificate.clone();
    let good = word(&[country.fingerprint()], &[("BB", "BBB")]);

    let operator = Operator::new();
    let error = operator.take(&[&root], &word(&[], &[("BB", "BBB")])).unwrap_err();
    assert!(error.to_string().contains(&country.fingerprint().to_string()), "{error}");
    let error = operator.take(&[&root], &word(&[country.fingerprint()], &[])).unwrap_err();
    assert!(matches!(error, TakeError::NoState { country, .. } if country == "BB"));
    // A state that is named for one country is not another's.
    let other = Country::new("CC", 6);
    let one_state = word(&[country.fingerprint(), other.fingerprint()], &[("BB", "BBB")]);
    let error = operator.take(&[&root, &other.certificate], &one_state).unwrap_err();
    assert!(matches!(error, TakeError::NoState { country, .. } if country == "CC"));
    let error = operator.take(&[&link], &Word::default()).unwrap_err();
    assert!(matches!(error, TakeError::Unusable(_, StoreError::Untrusted)), "{error}");
    let expired = Country::valid("BB", 4, days(-400, -1));
    let trusted = word(&[expired.fingerprint()], &[("BB", "BBB")]);
    let error = operator.take(&[&expired.certificate], &trusted).unwrap_err();
    assert!(matches!(error, TakeError::Unusable(_, StoreError::NotValid)), "{error}");
    // All or nothing.
    let strangers = Country::new("BB", 3).revocations(&[], -1);
    let error = operator.take(&[&root, &strangers], &good).unwrap_err();
    assert!(matches!(error, TakeError::Unusable(_, StoreError::Untrusted)), "{error}");
    assert!(operator.is_untouched());

    assert_eq!(operator.take(&[&root], &good).unwrap(), ["BBB.cer"]);
    // In whichever order they stand on one another.
    let nobody = Word::default();
    assert_eq!(operator.take(&[&documents, &link], &nobody).unwrap(), ["BBB.cer", "BBB.cer"]);
    // The next key's own list, once nothing leads to that key any more.
    let list = next.revocations(&[], -1);
    assert_eq!(operator.take(&[&list], &nobody).unwrap(), ["BBB.crl"]);
    let after_the_link = ChipTrust::read(operator.folder.path(), now() + DAY * 200).unwrap();
    let link = SignerCertificate::from_der(&link).unwrap();
    assert!(operator.believed().believes(&link));
    assert!(
        !after_the_link.signers.believes(&link),
        "what has expired keeps nothing from being read"
    );
}

/// A slip of the pen at the first taking over is told at the next, and is not mended in silence.
#[test]
fn a_country_signer_is_believed_for_one_state() {
    let mut country = Country::new("BB", 1);
    let operator = Operator::new();
    let root = country.certificate.clone();
    let trusted = [country.fingerprint()];
    operator.take(&[&root], &word(&trusted, &[("BB", "BBC")])).unwrap();
    let list = country.master_list(std::slice::from_ref(&root));
    let revocations = country.revocations(&[], -1);
    for files in [&[root.as_slice()][..], &[&list, &revocations]] {
        let error = operator.take(files, &word(&trusted, &[("BB", "BBB")])).unwrap_err();
        assert!(matches!(error, TakeError::Unusable(_, StoreError::AnotherState)), "{error}");
    }
    // The same by hand: the authority says which file, and leaves out none.
    let folder = operator.folder.path();
    fs::create_dir(folder.join("BBB")).unwrap();
    fs::write(folder.join("BBB/country.cer"), &root).unwrap();
    let error = ChipTrust::read(folder, now()).unwrap_err();
    assert!(matches!(error, ChipTrustError::Unusable(_, StoreError::AnotherState)), "{error}");
}

#[test]
fn a_newer_revocation_list_takes_the_place_of_the_one_before() {
    let mut country = Country::new("BB", 1);
    let operator = Operator::new();
    let root = country.certificate.clone();
    operator.take(&[&root], &word(&[country.fingerprint()], &[("BB", "BBB")])).unwrap();
    let (old, new) = (country.revocations(&[], -10), country.revocations(&[5], -1));
    let nobody = Word::default();
    assert_eq!(operator.take(&[&old], &nobody).unwrap(), ["BBB.crl"]);
    assert_eq!(operator.take(&[&new], &nobody).unwrap(), ["BBB.crl"]);
    let error = operator.take(&[&old], &nobody).unwrap_err();
    assert!(matches!(error, TakeError::Unusable(_, StoreError::Older)), "{error}");
    let lists = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|it| it == "crl");
    let state = fs::read_dir(operator.folder.path().join("BBB")).unwrap();
    let kept: Vec<_> = state.map(Result::unwrap).filter(lists).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read(kept[0].path()).unwrap(), new);
    let strangers = Country::new("BB", 3).revocations(&[], -1);
    let error = operator.take(&[&strangers], &nobody).unwrap_err();
    assert!(matches!(error, TakeError::Unusable(_, StoreError::Untrusted)), "{error}");
    let error = operator.take(&[b"nonsense"], &nobody).unwrap_err();
    assert!(matches!(error, TakeError::Neither(..)), "{error}");
}

/// Its own signature proves nothing, so that an old one isn't missed: the fingerprint, or the list, is what
/// speaks for it.
#[test]
fn a_country_signer_that_signed_itself_with_sha1_needs_the_same_word() {
    let mut old = Country::new("BB", 1);
    old.certificate = with_sha1(&old.certificate).unwrap();
    let operator = Operator::new();
    let error = operator.take(&[&old.certificate], &word(&[], &[("BB", "BBB")])).unwrap_err();
    assert!(matches!(error, TakeError::NotTrusted { .. }), "{error}");
    // Nothing that it signed speaks for it, nor a list that it is on and that nobody is believed for.
    let revocations = old.revocations(&[], -1);
    let mut publisher = Country::new("AA", 2);
    let list = publisher.master_list(&[publisher.certificate.clone(), old.certificate.clone()]);
    let current = publisher.revocations(&[], -1);
    for files in [[&revocations, &revocations], [&list, &current]] {
        let files = files.map(Vec::as_slice);
        operator.take(&files, &word(&[], &[("BB", "BBB")])).unwrap_err();
    }
    assert!(operator.is_untouched());
    let good = word(&[old.fingerprint()], &[("BB", "BBB")]);
    assert_eq!(operator.take(&[&old.certificate, &revocations], &good).unwrap().len(), 2);
    // A link of its with SHA-1 is nothing, and one as it should be leads on.
    let next = KeyPair::draw(Curve::P256, &mut old.rng);
    let link = old.issue(&next, 2, Usage::Country, days(-1, 100), Vec::new());
    let error = operator.take(&[&with_sha1(&link).unwrap()], &good).unwrap_err();
    assert!(matches!(error, TakeError::Neither(..)), "{error}");
    assert_eq!(operator.take(&[&link], &Word::default()).unwrap(), ["BBB.cer"]);

    // A list that is believed speaks for it as well.
    let operator = Operator::new();
    let good = word(&[publisher.fingerprint()], &[("BB", "BBB")]);
    assert_eq!(operator.take(&[&list, &current], &good).unwrap(), ["BBB.cer"]);
    assert!(operator.believed().believes_any_of("BBB"));
}
