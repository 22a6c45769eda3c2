//! One whole reading: open the chip, have it prove itself, and believe of its data what an issuer signed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rand::CryptoRng;
use thiserror::Error;

use crate::access::{AccessError, AccessKey, basic_access, establish, is_supported};
use crate::active::{self, ActiveError};
use crate::channel::{Channel, ChannelError};
use crate::chip_authentication::{self, ChipAuthenticationError};
use crate::files::{FileError, read_file, select_application};
use crate::lds::{
    DataGroup, FaceError, FileId, FingerImage, Mrz, MrzError, PaceInfo, Portrait, SecurityInfos,
    SecurityInfosError,
};
use crate::passive::{
    CountrySigners, PassiveError, SecurityObject, SecurityObjectError, SignerCertificate,
};
use crate::transport::Transport;

/// Why there is no reading; each fault by itself.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ReadError {
    /// The chip did not open.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A file was not read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The list of what the chip can do.
    #[error(transparent)]
    SecurityInfos(#[from] SecurityInfosError),
    /// What the chip offers before it opens is not what its issuer signed: somebody between wants a weaker
    /// protocol.
    #[error("the card offers another access protocol than its issuer gave it")]
    AccessChanged,
    /// The signed object can't be read.
    #[error(transparent)]
    SecurityObject(#[from] SecurityObjectError),
    /// The data is not to be believed.
    #[error(transparent)]
    Passive(#[from] PassiveError),
    /// The chip is a copy, by chip authentication.
    #[error(transparent)]
    ChipAuthentication(#[from] ChipAuthenticationError),
    /// The chip is a copy, by active authentication.
    #[error(transparent)]
    Active(#[from] ActiveError),
    /// The chip has no key to prove itself with: it can't be told from a copy.
    #[error("the card can't prove that it is no copy")]
    NoProof,
    /// The machine readable zone.
    #[error(transparent)]
    Mrz(#[from] MrzError),
    /// Another state stands in the machine readable zone than the one that signed.
    #[error("the card is signed by another state than the one it names")]
    OtherState,
    /// The portrait.
    #[error(transparent)]
    Face(#[from] FaceError),
}

/// How a chip showed that it is no copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipProof {
    /// By chip authentication.
    ChipAuthentication,
    /// By active authentication.
    ActiveAuthentication,
}

/// What a genuine chip holds and its issuer signed.
#[derive(Clone, Debug)]
pub struct VerifiedReading {
    /// The machine readable zone. Whether the document itself has expired is for the reader to weigh.
    pub mrz: Mrz,
    /// The portrait.
    pub portrait: Portrait,
    /// The fingers; none where there are none, where the chip gives them to other terminals only, or
    /// where they are in an encoding that isn't read here.
    pub fingers: Vec<FingerImage>,
    /// How the chip proved itself.
    pub proof: ChipProof,
    /// The state that signed.
    pub state: String,
    /// The document signer: whether it is still to be believed, [`CountrySigners::vouch`] says.
    pub signer: SignerCertificate,
    /// How many commands it took.
    pub commands: u32,
}

/// The terminal: what it opens chips with, whom it believes, and when it is.
#[derive(Debug)]
pub struct Terminal<'a> {
    /// What is printed on the card.
    pub key: &'a AccessKey,
    /// Whom to believe.
    pub believed: &'a CountrySigners,
    /// The moment.
    pub now: Timestamp,
}

impl Terminal<'_> {
    /// Reads the chip at the other end of `transport`. Every key and challenge is drawn from `rng`.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn read<T: Transport>(
        &self,
        transport: &mut T,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<VerifiedReading, ReadError> {
        let mut channel = Channel::new(transport);
        let offered = self.open(&mut channel, rng).await?;

        // What is on the chip is what was signed, not what the chip says.
        let object = SecurityObject::parse(&read_file(&mut channel, FileId::SOD).await?)?;
        let signed = object.verify(self.believed, self.now)?;
        let mut files = BTreeMap::new();
        let mut infos = SecurityInfos::default();
        if signed.has(DataGroup::SECURITY) {
            let file = read_file(&mut channel, DataGroup::SECURITY.file()).await?;
            signed.check(DataGroup::SECURITY, &file)?;
            infos = SecurityInfos::from_dg14(&file)?;
        }
        if !are_the_same(&offered, &infos.pace) {
            return Err(ReadError::AccessChanged);
        }

        let has_active = signed.has(DataGroup::ACTIVE_AUTHENTICATION);
        let proof = if chip_authentication::is_offered(&infos) {
            chip_authentication::authenticate(&mut channel, &infos, rng).await?;
            ChipProof::ChipAuthentication
        } else if has_active {
            let group = DataGroup::ACTIVE_AUTHENTICATION;
            let file = read_file(&mut channel, group.file()).await?;
            signed.check(group, &file)?;
            let info = infos.active_authentication;
            active::authenticate(&mut channel, &file, info, rng).await?;
            ChipProof::ActiveAuthentication
        } else {
            return Err(ReadError::NoProof);
        };

        for group in [DataGroup::MRZ, DataGroup::FACE] {
            let file = read_file(&mut channel, group.file()).await?;
            signed.check(group, &file)?;
            files.insert(group, file);
        }
        let file = |group| files.get(&group).map(Vec::as_slice).unwrap_or_default();
        let mrz = Mrz::from_dg1(file(DataGroup::MRZ))?;
        if mrz.issuing_state != signed.state {
            return Err(ReadError::OtherState);
        }
        let portrait = Portrait::from_dg2(file(DataGroup::FACE))?;
        let mut fingers = Vec::new();
        if signed.has(DataGroup::FINGERS) {
            let group = DataGroup::FINGERS;
            match read_file(&mut channel, group.file()).await {
                Ok(file) => {
                    signed.check(group, &file)?;
                    // The issuer may have written them in a way that isn't read here, and the card is
                    // no worse for that.
                    fingers = FingerImage::from_dg3(&file).unwrap_or_default();
                }
                // Kept for terminals with a certificate of the issuer's (Doc 9303-11 section 7).
                Err(FileError::Missing | FileError::Channel(ChannelError::Refused(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(VerifiedReading {
            mrz,
            portrait,
            fingers,
            proof,
            state: signed.state,
            signer: signed.signer,
            commands: channel.commands(),
        })
    }

    /// Opens the chip by PACE, or by BAC where it has none; what of PACE it offered comes back, to be
    /// compared with what was signed (Doc 9303-11 section 4.2).
    async fn open<T: Transport>(
        &self,
        channel: &mut Channel<'_, T>,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Vec<PaceInfo>, ReadError> {
        let offered = match read_file(channel, FileId::CARD_ACCESS).await {
            Ok(file) => SecurityInfos::parse(&file)?.pace,
            // Older chips refuse in different words what they don't have.
            Err(FileError::Missing | FileError::Channel(ChannelError::Refused(_))) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        if is_supported(&offered) {
            establish(channel, &offered, self.key, rng).await?;
            select_application(channel).await?;
        } else if let AccessKey::Mrz(key) = self.key {
            select_application(channel).await?;
            basic_access(channel, key, rng).await?;
        } else {
            return Err(AccessError::NoProtocol.into());
        }
        Ok(offered)
    }
}

/// Neither more nor less: whoever hides the better offer is no better than one who makes a worse.
fn are_the_same(offered: &[PaceInfo], signed: &[PaceInfo]) -> bool {
    let within = |some: &[PaceInfo], all: &[PaceInfo]| some.iter().all(|it| all.contains(it));
    within(offered, signed) && within(signed, offered)
}

#[cfg(test)]
mod tests {
    use der::asn1::ObjectIdentifier;

    use super::*;

    #[test]
    fn an_offer_twice_does_not_hide_that_another_is_gone() {
        let [weak, strong] = ["0.4.0.127.0.7.2.2.4.2.1", "0.4.0.127.0.7.2.2.4.2.4"]
            .map(|oid| PaceInfo { oid: ObjectIdentifier::new_unwrap(oid), parameter_id: Some(13) });
        assert!(are_the_same(&[strong, weak], &[weak, strong]));
        assert!(!are_the_same(&[weak, weak], &[weak, strong]));
        assert!(!are_the_same(&[weak, strong], &[weak, weak]));
        assert!(!are_the_same(&[], &[weak]));
    }
}
