//! EF.SOD: what is believed of it, the sandbox's country signed.

use tanda_chip::lds::DataGroup;
use tanda_chip::passive::{CountrySigners, SecurityObject};
use tanda_sandbox_chip::SandboxChip;

use crate::chip_answers::{BELIEVED, NOW, card};

/// An object with a certificate of RSA.
pub const MAX_LEN: usize = 4096;

/// Takes the file.
pub fn run(data: &[u8]) -> Option<()> {
    let object = SecurityObject::parse(data).ok()?;
    assert!(object.groups().count() <= 16);
    assert!(object.clone().verify(&CountrySigners::default(), *NOW).is_err(), "nobody is believed");
    if let Ok(signed) = object.verify(&BELIEVED, *NOW) {
        let group = DataGroup::FACE;
        let vouched = |card: SandboxChip<_>| {
            card.file(group.file()).is_some_and(|file| signed.check(group, file).is_ok())
        };
        assert!([true, false].map(card).into_iter().any(vouched), "forged");
    }
    Some(())
}
