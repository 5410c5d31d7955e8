//! `vault-server audit certificate`

use std::{fmt::Write as _, fs, io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use serde_json::Value;
use vault_queries::subject::{Certificate, CertificateError};

use super::trusted;

/// The longest certificate that is read.
const MAX_CERTIFICATE_BYTES: u64 = 16 * 1024 * 1024;

/// Checks the certificate of an erasure with nothing but public keys of the log.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    vault-server audit certificate --public-key 'llm-data-vault/...+...' certificate.txt\n\n\
    The file is what GET /subjects/{sid}/certificate answered, as JSON or as text. Nothing else is asked.\n\
    Exit codes: 0 it is right, 2 it is not, 1 it could not be checked.")]
pub struct CertificateArgs {
    /// The file.
    pub file: PathBuf,
    /// A public key of the log, as /audit/public-key shows it; may be repeated.
    #[arg(long = "public-key", value_name = "KEY", required = true)]
    pub public_key: Vec<String>,
    /// Reports as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn verify(args: &CertificateArgs) -> anyhow::Result<ExitCode> {
    let keys = trusted(&args.public_key)?;
    let file = args.file.display();
    let size = fs::metadata(&args.file)
        .with_context(|| format!("{file} cannot be read"))?
        .len();
    anyhow::ensure!(
        size <= MAX_CERTIFICATE_BYTES,
        "{file} is too large for a certificate"
    );
    let text = fs::read_to_string(&args.file).with_context(|| format!("{file} cannot be read"))?;
    let verified = Certificate::verify(&note(text), &keys);
    let report = match &verified {
        Ok(certificate) if args.json => {
            serde_json::json!({ "valid": true, "certificate": certificate }).to_string()
        }
        Ok(certificate) => shown(certificate),
        Err(error) if args.json => {
            serde_json::json!({ "valid": false, "reason": error.to_string() }).to_string()
        }
        Err(error) => format!("NOT VALID: {error}"),
    };
    writeln!(std::io::stdout().lock(), "{}", report.trim_end())?;
    Ok(exit_code(&verified))
}

/// The note of an answer in JSON, or the text as it is.
fn note(text: String) -> String {
    let answer: Option<Value> = serde_json::from_str(&text).ok();
    let note = answer.and_then(|answer| answer["note"].as_str().map(str::to_owned));
    note.unwrap_or(text)
}

fn exit_code(verified: &Result<Certificate, CertificateError>) -> ExitCode {
    match verified {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

fn shown(certificate: &Certificate) -> String {
    let mut text = format!(
        "Valid: signed by {}, and the log holds what it shows.\nSubject {} of tenant {}, as of {}: {:?}\n",
        certificate.log,
        certificate.subject_id,
        certificate.tenant_id,
        certificate.issued_at,
        certificate.status
    );
    for event in &certificate.events {
        // writing to a String cannot fail
        let _ = writeln!(
            text,
            "  position {}, {}: {}",
            event.position, event.recorded_at, event.event_type
        );
    }
    for place in &certificate.places {
        let _ = write!(text, "  {}: {:?}", place.place, place.state);
        if let Some(key) = &place.key {
            let _ = write!(text, " by {key}");
        }
        if let Some(until) = place.until {
            let _ = write!(text, " until {until}");
        }
        let _ = writeln!(text, " ({})", place.detail);
    }
    text
}
