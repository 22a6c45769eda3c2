//! Another implementation looks at the emulated card: OpenSSL believes what the sandbox's country signed,
//! and finds the signers that are not to be believed. So our reading is not only checked by our own.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::access::{AccessKey, CardAccessNumber, establish};
use tanda_chip::crypto::Curve;
use tanda_chip::lds::{DataGroup, FileId, SecurityInfos};
use tanda_chip::{Channel, read_file, select_application, tlv, wait};
use tanda_sandbox_chip::{Abilities, Fault, SandboxChip, SandboxCountry, SandboxPerson};

/// EF.SOD without its wrapping, and DG1, as they lie on a card.
fn read(country: &SandboxCountry, fault: Option<Fault>) -> (Vec<u8>, Vec<u8>) {
    let person = SandboxPerson::specimen([&[0xff, 0xd8, 0xff][..], &[7; 600]].concat());
    let mut rng = StdRng::seed_from_u64(2);
    let card_rng = StdRng::seed_from_u64(3);
    let mut card =
        SandboxChip::personalise(&person, country, Abilities::ALL, fault, card_rng).unwrap();
    let key = AccessKey::Can(CardAccessNumber::parse(&person.access_number).unwrap());
    wait(async {
        let mut channel = Channel::new(&mut card);
        let access = read_file(&mut channel, FileId::CARD_ACCESS).await.unwrap();
        let offered = SecurityInfos::parse(&access).unwrap().pace;
        establish(&mut channel, &offered, &key, &mut rng).await.unwrap();
        select_application(&mut channel).await.unwrap();
        let object = read_file(&mut channel, FileId::SOD).await.unwrap();
        let dg1 = read_file(&mut channel, DataGroup::MRZ.file()).await.unwrap();
        (tlv::only(&object, 0x77).unwrap().to_vec(), dg1)
    })
}

fn openssl(folder: &Path, words: &[&str]) -> (bool, String) {
    let done = Command::new("openssl").args(words).current_dir(folder).output();
    let done = done.expect("the command openssl: run scripts/setup.sh test");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    (done.status.success(), said)
}

/// Whether OpenSSL believes the card's signed object, and what it says.
fn verify(
    country: &SandboxCountry,
    fault: Option<Fault>,
    now: Timestamp,
) -> (bool, String, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (object, dg1) = read(country, fault);
    fs::write(folder.join("sod.cms"), object).unwrap();
    fs::write(folder.join("country.der"), country.certificate()).unwrap();
    fs::write(folder.join("country.crl.der"), country.revocations()).unwrap();
    let in_pem = |words: &[&str]| {
        let (made, said) = openssl(folder, words);
        assert!(made, "{said}");
    };
    in_pem(&["x509", "-inform", "DER", "-in", "country.der", "-out", "country.pem"]);
    in_pem(&["crl", "-inform", "DER", "-in", "country.crl.der", "-out", "crl.pem"]);
    let list = fs::read(folder.join("crl.pem")).unwrap();
    let mut both = fs::read(folder.join("country.pem")).unwrap();
    both.extend(list);
    fs::write(folder.join("believed.pem"), both).unwrap();
    let (good, said) = openssl(
        folder,
        &[
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "sod.cms",
            "-CAfile",
            "believed.pem",
            "-crl_check",
            "-purpose",
            "any",
            "-out",
            "content",
            "-attime",
            &now.as_second().to_string(),
        ],
    );
    // What was signed lists the hash of DG1, by OpenSSL's own reckoning.
    if good {
        fs::write(folder.join("dg1"), dg1).unwrap();
        in_pem(&["dgst", "-sha256", "-binary", "-out", "hash", "dg1"]);
        let (hash, content) =
            (fs::read(folder.join("hash")).unwrap(), fs::read(folder.join("content")).unwrap());
        assert!(content.windows(hash.len()).any(|bytes| bytes == hash), "DG1 is listed");
    }
    (good, said, fs::read(folder.join("content")).unwrap_or_default())
}

#[test]
fn openssl_believes_the_emulated_card_and_finds_its_bad_signers() {
    let now = "2026-11-27T12:00:00Z".parse().unwrap();
    for curve in [Curve::P256, Curve::BrainpoolP256r1] {
        let country = SandboxCountry::new(curve, now, &mut StdRng::seed_from_u64(1));
        let (good, said, content) = verify(&country, None, now);
        assert!(good && !content.is_empty(), "{said}");
        for (fault, word) in [
            (Fault::WrongCsca, "certificate"),
            (Fault::ExpiredSigner, "expired"),
            (Fault::RevokedSigner, "revoked"),
        ] {
            let (good, said, _) = verify(&country, Some(fault), now);
            assert!(!good && said.contains(word), "{fault:?}: {said}");
        }
    }
}
