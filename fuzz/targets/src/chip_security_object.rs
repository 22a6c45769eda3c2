//! EF.SOD: what is believed of it, the sandbox's country signed.

use tanda_chip::lds::{DataGroup, FileId};
use tanda_chip::passive::{CountrySigners, SecurityObject};

use crate::chip_answers::{BELIEVED, NOW, card};

/// An object with a certificate of RSA.
pub const MAX_LEN: usize = 4096;

/// Takes the file.
pub fn run(data: &[u8]) -> Option<()> {
    let object = SecurityObject::parse(data).ok()?;
    assert!(object.groups().count() <= 16);
    assert!(object.clone().verify(&CountrySigners::default(), *NOW).is_err(), "nobody is believed");
    if let Ok(signed) = object.verify(&BELIEVED, *NOW) {
        let genuine = [true, false].map(card);
        let group = DataGroup::FACE;
        let lines = genuine.iter().filter_map(|card| card.file(group.file()));
        assert!(lines.into_iter().any(|file| signed.check(group, file).is_ok()), "forged");
        assert!(genuine.iter().all(|card| card.file(FileId::SOD).is_some()));
    }
    Some(())
}
