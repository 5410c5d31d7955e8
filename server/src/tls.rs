//! TLS towards others: witnesses, collectors of traces, vaults.

/// Chooses the cryptography of TLS for the whole process: ring, as in the database driver. Comes before each client.
pub(crate) fn install() {
    // a second time changes nothing
    let _ = rustls::crypto::ring::default_provider().install_default();
}
