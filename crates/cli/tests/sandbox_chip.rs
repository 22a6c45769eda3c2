//! `tanda sandbox chip`: the card that lies on the virtual reader is a resident's of the sandbox city, and
//! a reading finds each of its faults. The test stands where vpcd would.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::access::{AccessKey, CardAccessNumber};
use tanda_chip::chip_authentication::ChipAuthenticationError;
use tanda_chip::lds::DataGroup;
use tanda_chip::passive::{CountrySigners, PassiveError, RevocationList, SignerCertificate};
use tanda_chip::{ReadError, Terminal, Transport, TransportError, VerifiedReading, wait};
use tanda_server::clock;

const NUMBER: &str = "440115199001019903";

fn city() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sandbox")
}

/// The virtual reader: two bytes of length, then a signal or a command.
struct Reader(TcpStream);

impl Reader {
    fn send(&mut self, message: &[u8]) {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length, message].concat()).unwrap();
    }

    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length).ok()?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut message).ok()?;
        Some(message)
    }
}

impl Transport for Reader {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.send(command);
        self.receive().ok_or(TransportError::CardRemoved)
    }
}

/// A running `tanda sandbox chip`, which ends with the test.
struct Card(Child);

impl Drop for Card {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The card's connection; a card that ended before it came says why on the command line.
fn accepted(vpcd: &TcpListener, card: &mut Card) -> TcpStream {
    vpcd.set_nonblocking(true).unwrap();
    loop {
        if let Ok((stream, _)) = vpcd.accept() {
            stream.set_nonblocking(false).unwrap();
            return stream;
        }
        assert!(card.0.try_wait().unwrap().is_none(), "tanda sandbox chip has ended");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn read(country: &Path, fault: Option<&str>) -> Result<VerifiedReading, ReadError> {
    let vpcd = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tanda"));
    command
        .args(["sandbox", "chip", "--resident", NUMBER, "--access-number", "314159"])
        .args(fault.map(|fault| format!("--fault={fault}")))
        .arg("--city")
        .arg(city())
        .arg("--country")
        .arg(country)
        .args(["--vpcd", &vpcd.local_addr().unwrap().to_string()])
        .stdout(Stdio::null());
    let mut card = Card(command.spawn().unwrap());
    let mut reader = Reader(accepted(&vpcd, &mut card));
    // Power on, then the answer to reset.
    reader.send(&[1]);
    reader.send(&[4]);
    assert_eq!(reader.receive().unwrap().first(), Some(&0x3b));

    let mut believed = CountrySigners::default();
    let certificate = fs::read(country.join("country.der")).unwrap();
    believed.trust(SignerCertificate::from_der(&certificate).unwrap(), "UTO").unwrap();
    let list = fs::read(country.join("country.crl")).unwrap();
    believed.revoke(RevocationList::from_der(&list).unwrap()).unwrap();
    let key = AccessKey::Can(CardAccessNumber::parse("314159").unwrap());
    let terminal = Terminal { key: &key, believed: &believed, now: clock::now() };
    wait(terminal.read(&mut reader, &mut StdRng::seed_from_u64(1)))
}

#[test]
fn the_card_is_the_residents() {
    let country = tempfile::tempdir().unwrap();
    let reading = read(country.path(), None).unwrap();
    assert_eq!(reading.mrz.optional.concat(), NUMBER);
    assert_eq!(reading.mrz.primary_name, "SHA");
    assert_eq!(reading.mrz.secondary_name, "HEMEI");
    let portrait = fs::read(city().join("people/01/portrait.jpg")).unwrap();
    assert!(reading.portrait.bytes == portrait, "the portrait is the register's");
    // The country is the same when it is asked again.
    let certificate = || fs::read(country.path().join("country.der")).unwrap();
    let before = certificate();
    assert!(read(country.path(), None).is_ok());
    assert_eq!(certificate(), before);
}

#[test]
fn every_fault_is_found() {
    let country = tempfile::tempdir().unwrap();
    for (fault, error) in [
        ("tampered-dg2", PassiveError::Tampered(DataGroup::FACE).into()),
        ("clone", ChipAuthenticationError::NotGenuine.into()),
        ("wrong-csca", PassiveError::Untrusted.into()),
        ("expired-signer", PassiveError::SignerNotValid.into()),
        ("revoked-signer", PassiveError::Revoked.into()),
    ] {
        assert_eq!(read(country.path(), Some(fault)).unwrap_err(), error, "{fault}");
    }
}
