//! The sandbox city: synthetic residents and relying parties to try everything with. Nobody in it
//! exists; the faces are rendered.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rand::CryptoRng;
use serde::Deserialize;
use tanda_biometrics::Models;
use tanda_model::{
    OfficerRole, OfficerState, PersonName, PurposeId, ReasonError, RelyingPartyId, ResidentNumber,
    StaffId,
};

use crate::officers::{Invitation, InviteError, InvitedOfficer, OwnNumber};
use crate::register::{
    Format, ImportError, ImportProgress, ImportRequest, Register, RegisterError, RowFault,
};
use crate::{Authority, Fault, Officer};

/// What seeding came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    /// There were residents already; nothing was changed.
    Already,
    /// So many residents were added.
    Added(u64),
}

/// Why the sandbox city could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A file of it cannot be read.
    #[error("{path} cannot be read: {source}; the folder `sandbox` of the repository is needed")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of it is not what it should be.
    #[error("{path} is not in the form that is expected: {cause}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What the parser said.
        cause: String,
    },
    /// A resident of it was refused.
    #[error("a sandbox resident was refused: {0}")]
    Refused(RowFault),
    /// The import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The register failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// A relying party of the sandbox city.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxRelyingParty {
    /// Its name in claims and addresses.
    pub id: RelyingPartyId,
    /// What people read, by language.
    pub name: BTreeMap<String, String>,
    /// What it may ask for.
    pub purposes: Vec<PurposeId>,
    /// What its desks are enrolled with. No secret: the sandbox is open to anybody who started it.
    pub access_code: String,
    /// Who works there.
    pub staff: SandboxStaff,
    /// Where it says what it does with the data.
    pub privacy_policy: String,
}

/// Somebody who works at a relying party of the sandbox city.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxStaff {
    /// What they sign in with.
    pub id: StaffId,
    /// Their PIN. No secret, as the access code is none.
    pub pin: String,
}

/// A resident of the sandbox city, for whoever wants to play them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxResident {
    /// The number, as it is typed.
    pub number: ResidentNumber,
    /// The whole name, as it is typed.
    pub name: String,
    /// The folder with the person's portrait and live shots.
    pub shots: PathBuf,
    /// What the person is good for.
    pub story: String,
}

/// The residents of the sandbox city, whose files are in `folder` (the repository's `sandbox`).
///
/// # Errors
/// When the file is missing or malformed.
pub fn residents(folder: &Path) -> Result<Vec<SandboxResident>, SandboxError> {
    #[derive(Deserialize)]
    struct Row {
        number: ResidentNumber,
        family_name: String,
        given_name: String,
        portrait: PathBuf,
        comment: String,
    }
    let path = folder.join("city/residents.jsonl");
    let text = std::fs::read_to_string(&path)
        .map_err(|source| SandboxError::File { path: path.clone(), source })?;
    let malformed = |cause: String| SandboxError::Malformed { path: path.clone(), cause };
    text.lines()
        .map(|line| {
            let row: Row = serde_json::from_str(line).map_err(|e| malformed(e.to_string()))?;
            let name = PersonName::new(&row.family_name, &row.given_name)
                .map_err(|error| malformed(error.to_string()))?;
            let portrait = folder.join(row.portrait);
            let shots = portrait.parent().unwrap_or(folder).to_owned();
            Ok(SandboxResident { number: row.number, name: name.full(), shots, story: row.comment })
        })
        .collect()
}

/// Fills an empty register with the residents of the sandbox city, whose files are in `folder`
/// (the repository's `sandbox`).
///
/// # Errors
/// [`SandboxError`]; the register is empty then, as before.
pub async fn seed(
    register: &Register,
    models: &Arc<Models>,
    folder: &Path,
    progress: &mut (dyn FnMut(ImportProgress) + Send),
    now: Timestamp,
    rng: &mut (impl CryptoRng + Send),
) -> Result<Seeded, SandboxError> {
    if register.count().await? > 0 {
        return Ok(Seeded::Already);
    }
    let request = ImportRequest {
        file: folder.join("city/residents.jsonl"),
        portraits: Some(folder.to_owned()),
        format: Some(Format::JsonLines),
        skip_bad: false,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let officer = custodian().map_err(|_| RegisterError::Damaged)?;
    let report = register.import(&request, models, &officer, progress, now, rng).await?;
    match report.faults.into_iter().next() {
        Some(fault) => Err(SandboxError::Refused(fault)),
        None => Ok(Seeded::Added(report.added)),
    }
}

/// An invitation for each role that nobody has taken on yet: whoever opens its link first is that
/// officer. Invitations that nobody accepted are replaced.
///
/// # Errors
/// [`InviteError`]
pub async fn invite_officers(
    authority: &Authority,
    now: Timestamp,
    rng: &mut (impl CryptoRng + Send),
) -> Result<Vec<(OfficerRole, Invitation)>, InviteError> {
    let own = |_| Fault::Contradiction("a text of our own");
    let by = custodian().map_err(own)?;
    let officers = authority.store().reader().await?.officers().await?;
    let mut invitations = Vec::new();
    for role in OfficerRole::ALL {
        let mut of_role = officers.iter().filter(|officer| officer.role == role);
        if of_role.clone().any(|officer| officer.state.is_active()) {
            continue;
        }
        let invited = of_role.find(|officer| matches!(officer.state, OfficerState::Invited { .. }));
        let invitation = match invited {
            Some(officer) => authority.invite_officer_again(officer.id, &by, now, rng).await?,
            None => {
                let name = format!("Sandbox {role}").parse();
                let name = name.map_err(|_| Fault::Contradiction("a text of our own"))?;
                let invited = InvitedOfficer { name, role, own_number: OwnNumber::NotAResident };
                authority.invite_officer(&invited, &by, now, rng).await?
            }
        };
        invitations.push((role, invitation));
    }
    Ok(invitations)
}

/// Who sets the city up.
fn custodian() -> Result<Officer, ReasonError> {
    Ok(Officer::custodian("sandbox", "the sandbox city is set up".parse()?, None))
}

/// The relying parties of the sandbox city, whose files are in `folder` (the repository's
/// `sandbox`).
///
/// # Errors
/// When the file is missing or malformed.
pub fn relying_parties(folder: &Path) -> Result<Vec<SandboxRelyingParty>, SandboxError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct City {
        relying_party: Vec<SandboxRelyingParty>,
    }
    let path = folder.join("city/relying-parties.toml");
    let text = std::fs::read_to_string(&path)
        .map_err(|source| SandboxError::File { path: path.clone(), source })?;
    let city: City = toml::from_str(&text)
        .map_err(|error| SandboxError::Malformed { path, cause: error.message().to_owned() })?;
    Ok(city.relying_party)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_citys_residents_can_be_read_and_have_their_pictures() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sandbox");
        let residents = residents(&folder).unwrap();
        assert!(!residents.is_empty());
        for resident in &residents {
            assert!(resident.shots.join("portrait.jpg").is_file(), "{}", resident.shots.display());
            assert!(!resident.story.is_empty() && !resident.name.is_empty());
        }
    }

    #[test]
    fn the_citys_relying_parties_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sandbox");
        let parties = relying_parties(&folder).unwrap();
        let ids: Vec<_> = parties.iter().map(|party| party.id.as_str()).collect();
        let cafes = ["cafe-comet", "cafe-orbit"];
        let counters = ["rail-pearl", "bank-harbour", "registry-nansha", "courier-swift"];
        assert_eq!(ids, [&["hotel-nansha"][..], &cafes, &counters].concat());
        for party in &parties {
            assert!(["en", "id", "zh"].iter().all(|language| party.name.contains_key(*language)));
            assert!(!party.purposes.is_empty() && !party.access_code.is_empty());
        }
    }
}
