//! The app's side: accounts, passkeys and wallet attestation.
