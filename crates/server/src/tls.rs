//! TLS of what goes out. What comes in has its TLS in front (docs/operating).

use std::error::Error;
use std::io;
use std::sync::{Arc, LazyLock};

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

/// What is said of somebody whose certificate nobody vouches for: a predicate, for the name to be put before.
pub const NOT_BELIEVED: &str = "shows no certificate that this machine believes; if it is another's \
    that vouches for it, name the file of that certificate (PEM) in SSL_CERT_FILE";

/// How this process asks others: it believes the certificates of the system's store, or instead those of
/// the file `SSL_CERT_FILE` and the folder `SSL_CERT_DIR`, as other programs do.
///
/// Without any, nobody is believed over TLS; plain `http` on this machine needs none.
pub fn client() -> ClientConfig {
    // The store is read once: a process may make many clients.
    static CLIENT: LazyLock<ClientConfig> = LazyLock::new(read);
    CLIENT.clone()
}

fn read() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap_or_else(|_| unreachable!("the provider has suites for TLS 1.2 and 1.3"))
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Somebody answered, and the certificate isn't theirs, isn't valid, or comes from nobody who is believed.
pub fn is_not_believed(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // What an I/O error carries is not among its sources, only what that carries.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = carried.map(|carried| carried as &(dyn Error + 'static)).or_else(|| error.source());
    }
    false
}
