//! What can be wrong with a card.

use std::str::FromStr;

/// A fault that a sandbox card is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another portrait than the one that was signed.
    TamperedDg2,
    /// All of a card's files on another chip: the private keys can't be copied.
    Clone,
    /// Signed by somebody who calls themselves the country.
    WrongCsca,
    /// Signed by a document signer whose certificate has expired.
    ExpiredSigner,
    /// Signed by a document signer that the country revoked.
    RevokedSigner,
}

impl Fault {
    /// Every one of them.
    pub const ALL: [Self; 5] =
        [Self::TamperedDg2, Self::Clone, Self::WrongCsca, Self::ExpiredSigner, Self::RevokedSigner];

    /// What the command line calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TamperedDg2 => "tampered-dg2",
            Self::Clone => "clone",
            Self::WrongCsca => "wrong-csca",
            Self::ExpiredSigner => "expired-signer",
            Self::RevokedSigner => "revoked-signer",
        }
    }
}

/// A word that is no fault's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFault;

impl std::fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no such fault of a sandbox card")
    }
}

impl std::error::Error for UnknownFault {}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == text).ok_or(UnknownFault)
    }
}
