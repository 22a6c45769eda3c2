//! The logical data structure: what is in a chip's files (Doc 9303-10).
//!
//! Nothing in here is believed for being well-formed: [`crate::passive`] says what an issuer signed.

mod cbeff;
mod check_digit;
mod com;
mod data_group;
mod face;
mod finger;
mod mrz;
mod security_infos;

pub use check_digit::check_digit;
pub use com::{Common, CommonError};
pub use data_group::{DataGroup, FileId, LdsError};
pub use face::{FaceError, Portrait, PortraitFormat};
pub use finger::{FingerError, FingerFormat, FingerImage};
pub use mrz::{BirthDate, Mrz, MrzError, MrzField, MrzFormat, MrzSex};
pub use security_infos::{
    ActiveAuthenticationInfo, ChipAuthenticationInfo, ChipKey, PaceInfo, SecurityInfos,
    SecurityInfosError,
};
