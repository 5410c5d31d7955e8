//! `vault-server keys`: the root key, and the keys below it.

use std::{io::Write, path::PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use vault_crypto::{Kms, LocalKms};

use crate::root_keys::read_passphrase;

/// Commands about keys.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server keys create-root /etc/llm-data-vault/root.key")]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a key file for encryption.provider = "local"; replaces none.
    CreateRoot(CreateRootArgs),
}

/// Where the new key goes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server keys create-root /etc/llm-data-vault/root.key --passphrase-file /run/secrets/passphrase"
)]
pub struct CreateRootArgs {
    /// The file to make, for its owner alone.
    pub path: PathBuf,
    /// The file of a passphrase of 12 characters or more; the key is sealed under it (Argon2id).
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
    /// One JSON object instead of a sentence.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the file exists, or cannot be made.
pub fn keys(args: &KeysArgs) -> anyhow::Result<()> {
    match &args.command {
        KeysCommand::CreateRoot(args) => create_root(args),
    }
}

fn create_root(args: &CreateRootArgs) -> anyhow::Result<()> {
    let made = match &args.passphrase_file {
        None => LocalKms::create(&args.path),
        Some(file) => LocalKms::create_with_passphrase(&args.path, &read_passphrase(file)?),
    };
    let kms = made.context("the root key is not made")?;
    let mut out = std::io::stdout().lock();
    if args.json {
        let report = serde_json::json!({ "path": args.path, "root_key": kms.key_id() });
        writeln!(out, "{report}")?;
    } else {
        writeln!(
            out,
            "Root key {} stands in {}.",
            kms.key_id(),
            args.path.display()
        )?;
        writeln!(
            out,
            "Keep a copy apart from the database: without it nothing that is stored can be read."
        )?;
    }
    Ok(())
}
