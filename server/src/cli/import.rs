//! `vault-server import`: the lines of a file become the records of a dataset.

mod attempt;
mod line_map;
mod outcome;
mod refused;
mod refused_file;
mod report;
mod sending;
mod source;
mod wrap;

#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use reqwest::Url;

use self::{attempt::Import, outcome::Outcome, source::Source, wrap::Shape};
use super::{
    client::{Client, Credentials},
    retry::Retry,
};
use crate::{ambient::SystemIds, config::Secret};

/// Where the password is looked for when no file is named.
const PASSWORD_VARIABLE: &str = "VAULT_PASSWORD";
const MAX_PASSWORD_BYTES: u64 = 4096;
const MAX_KEY_BYTES: usize = 255;

/// Adds the lines of a file to a dataset, each as one record.
///
/// The file holds JSON lines, plain or gzip. Each line is kept byte for byte. An import that broke off goes on when the
/// same file is imported into the same dataset again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  VAULT_EMAIL=me@example.com VAULT_PASSWORD_FILE=~/.vault-password \\\n    \
    vault-server import chats.jsonl.gz --dataset 'Support chats' --refused refused.jsonl\n\n\
    Exit codes: 0 all lines were added, 2 some lines were refused, 1 the import failed."
)]
pub struct ImportArgs {
    /// The file of JSON lines (.jsonl, .ndjson, or .gz of it); - is standard input.
    pub file: PathBuf,
    /// The name of the dataset; it is created if there is none of this name.
    #[arg(long, value_name = "NAME")]
    pub dataset: String,
    /// Where the vault is.
    #[arg(long, env = "VAULT_URL", default_value = "http://127.0.0.1:8080")]
    pub url: Url,
    /// Who imports.
    #[arg(long, env = "VAULT_EMAIL")]
    pub email: String,
    /// A file with the password; without it, the variable `VAULT_PASSWORD` holds it.
    #[arg(long, value_name = "FILE", env = "VAULT_PASSWORD_FILE")]
    pub password_file: Option<PathBuf>,
    /// The top-level field whose text becomes the record's external id; lines without it are refused.
    #[arg(long, value_name = "FIELD")]
    pub external_id_field: Option<String>,
    /// The top-level field whose value, an object, becomes the record's metadata.
    #[arg(long, value_name = "FIELD")]
    pub metadata_field: Option<String>,
    /// Names this import: repeated under the same key, it goes on where it broke off [default: made from the dataset
    /// and the file's content; random for standard input]
    #[arg(long, value_name = "KEY", value_parser = parse_key)]
    pub idempotency_key: Option<String>,
    /// Writes the refused lines into this file, each with its reason.
    #[arg(long, value_name = "FILE")]
    pub refused: Option<PathBuf>,
    /// Reports as JSON.
    #[arg(long)]
    pub json: bool,
}

fn parse_key(text: &str) -> Result<String, &'static str> {
    let length_ok = (1..=MAX_KEY_BYTES).contains(&text.len());
    if length_ok && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 255 characters of visible ASCII")
    }
}

/// Runs the command.
///
/// # Errors
/// When the input cannot be read, the login is refused, or the upload does not come to its end.
pub async fn import(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let password = password(args.password_file.as_deref(), std::env::var_os(PASSWORD_VARIABLE))?;
    warn_of_clear_text(&args.url);
    let outcome = run(&args, password, Retry::USUAL).await?;
    let mut out = io::stdout().lock();
    let written = if args.json {
        outcome.write_json(&mut out)
    } else {
        outcome.write_text(&mut out)
    };
    written
        .and_then(|()| out.flush())
        .context("the import is done, but its report cannot be written")?;
    Ok(ExitCode::from(outcome.exit_code()))
}

async fn run(args: &ImportArgs, password: Secret, retry: Retry) -> anyhow::Result<Outcome> {
    let source = Source::open(&args.file)?;
    if let Some(refused) = &args.refused {
        refuse_same_file(&args.file, refused)?;
    }
    let credentials = Credentials {
        email: args.email.clone(),
        password,
    };
    let import = Import {
        client: Client::new(&args.url, credentials)?,
        source,
        shape: Shape {
            external_id_field: args.external_id_field.clone(),
            metadata_field: args.metadata_field.clone(),
        },
        refused_path: args.refused.as_deref(),
        file: &args.file,
        name: &args.dataset,
        target: None,
        created: false,
        key: args.idempotency_key.clone(),
        ids: &SystemIds,
        retry,
    };
    import.run().await
}

/// Who calls, with the password from its file or from the environment.
pub(super) fn credentials(email: &str, password_file: Option<&Path>) -> anyhow::Result<Credentials> {
    Ok(Credentials {
        email: email.to_owned(),
        password: password(password_file, std::env::var_os(PASSWORD_VARIABLE))?,
    })
}

/// The password from its file, or else from the environment: as an argument every process list would show it.
fn password(file: Option<&Path>, variable: Option<OsString>) -> anyhow::Result<Secret> {
    let mut text = String::new();
    match (file, variable) {
        (Some(path), _) => {
            let context = || format!("cannot read the password from {}", path.display());
            let file = File::open(path).with_context(context)?;
            file.take(MAX_PASSWORD_BYTES)
                .read_to_string(&mut text)
                .with_context(context)?;
        }
        (None, Some(value)) => {
            // not told with its value, as the error of the conversion would
            text = value.into_string().ok().context("VAULT_PASSWORD is not UTF-8")?;
        }
        (None, None) => bail!("no password: set VAULT_PASSWORD, or name a file with --password-file"),
    }
    // editors end files with a line feed
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    if text.is_empty() {
        bail!("the password is empty");
    }
    Ok(Secret::new(text))
}

fn warn_of_clear_text(url: &Url) {
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "http" && !local {
        notice("the password and the records go to the server unencrypted: do so in a trusted network only");
    }
}

/// Truncating the file of the refused lines would destroy the input.
fn refuse_same_file(file: &Path, refused: &Path) -> anyhow::Result<()> {
    let same = file
        .canonicalize()
        .ok()
        .zip(refused.canonicalize().ok())
        .is_some_and(|(a, b)| a == b);
    if same {
        bail!("--refused names the file that is imported");
    }
    Ok(())
}

/// Tells people something beside the report.
fn notice(text: &str) {
    // nobody to tell is no reason to stop
    let _ = writeln!(io::stderr().lock(), "{text}");
}
