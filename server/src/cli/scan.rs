//! `vault-server scan`: what personal data and secrets lie in files, without a server.

mod fields;
mod file;
mod output;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::ValueEnum;
use vault_privacy::{Confidence, Detector, DetectorConfig, EntityType};

use self::{
    file::{Content, Finding, Scanner},
    output::{Output, Style},
    walk::{Skipped, Walk},
};
use super::{printable, progress};

/// Something was found that the caller wants to fail on.
const EXIT_FOUND: u8 = 3;
/// Something could not be read, so that nobody knows what it holds.
const EXIT_INCOMPLETE: u8 = 1;

/// Finds personal data and secrets in files and folders, on this machine alone.
///
/// JSON and JSON lines are read field by field, other text line by line, gzip unpacked. Found values are never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault-server scan chats.jsonl logs/\n  \
    vault-server scan --fail-on secrets --json . > findings.jsonl\n\n\
    Exit codes: 0 nothing to fail on, 3 something was found, 1 something could not be read.")]
pub struct ScanArgs {
    /// Files and folders; .git folders and binary files are passed over.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Reports as JSON lines.
    #[arg(long)]
    pub json: bool,
    /// Leaves out what is less sure, from 0 to 1.
    #[arg(long, value_name = "CONFIDENCE", default_value = "0.5", value_parser = parse_confidence)]
    pub min_confidence: Confidence,
    /// Looks for these types alone, such as `email,credit_card`.
    #[arg(long, value_name = "TYPE", value_delimiter = ',', value_parser = parse_type)]
    pub types: Vec<EntityType>,
    /// What makes the command fail.
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = FailOn::Any)]
    pub fail_on: FailOn,
}

/// What makes a scan fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any finding.
    Any,
    /// A finding that opens a system: a key, a token.
    Secrets,
    /// Nothing that is found.
    Never,
}

pub(super) fn parse_confidence(text: &str) -> Result<Confidence, &'static str> {
    text.parse()
        .ok()
        .and_then(Confidence::from_fraction)
        .ok_or("must be a number from 0 to 1")
}

pub(super) fn parse_type(text: &str) -> Result<EntityType, String> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = EntityType::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("is none of {}", known.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
/// When the detector cannot be built, or the output cannot be written. A file that cannot be read is told of and
/// passed over; the exit code is then not 0.
pub fn scan(args: ScanArgs) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(io::stdout().lock());
    let code = run(args, &mut out, &mut io::stderr())?;
    out.flush().context("cannot write the findings")?;
    Ok(ExitCode::from(code))
}

fn run(args: ScanArgs, out: &mut dyn Write, notes: &mut dyn Write) -> anyhow::Result<u8> {
    // All types are looked for, whatever was asked for: where a path names a key that holds one, it must be hidden.
    let least = DetectorConfig::default().min_confidence.min(args.min_confidence);
    let config = DetectorConfig {
        min_confidence: least,
        ..DetectorConfig::default()
    };
    let detector = Detector::new(config).context("cannot build the detector")?;
    let walk = Walk::of(&args.paths);
    let bar = progress::of_bytes("scanning", Some(walk.size_bytes));
    let mut scan = Scan {
        scanner: Scanner::new(&detector),
        output: Output::new(if args.json { Style::Json } else { Style::Text }, out, bar),
        args,
        skipped: walk.skipped,
        unread: walk.unread,
        files: 0,
        secrets: 0,
    };
    for path in &walk.files {
        scan.file(path)?;
    }
    scan.finish(notes)
}

struct Scan<'a> {
    args: ScanArgs,
    scanner: Scanner<'a>,
    output: Output<'a>,
    skipped: Skipped,
    /// What could not be read, and why.
    unread: Vec<(PathBuf, String)>,
    files: u64,
    secrets: u64,
}

impl Scan<'_> {
    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let Self {
            args,
            scanner,
            output,
            secrets,
            ..
        } = self;
        let name = path.to_string_lossy();
        let bar = output.bar();
        let mut refused: io::Result<()> = Ok(());
        let scanned = scanner.scan(path, bar, &mut |finding: Finding| {
            if refused.is_ok() && is_wanted(args, &finding) {
                *secrets += u64::from(finding.entity_type.is_secret());
                refused = output.finding(&name, &finding);
            }
            refused.is_ok()
        });
        refused.context("cannot write the findings")?;
        match scanned {
            Ok(Content::Text) => self.files += 1,
            Ok(Content::Binary) => self.skipped.binary.add(path),
            Err(error) => self.unread.push((path.to_owned(), error.to_string())),
        }
        Ok(())
    }

    fn finish(mut self, notes: &mut dyn Write) -> anyhow::Result<u8> {
        self.output
            .finish(self.files)
            .context("cannot write the findings")?;
        let mut note = || -> io::Result<()> {
            self.skipped.tell(notes)?;
            for (path, why) in &self.unread {
                writeln!(
                    notes,
                    "not read: {}: {}",
                    printable(&path.to_string_lossy()),
                    printable(why)
                )?;
            }
            Ok(())
        };
        note().context("cannot write to standard error")?;
        let failing = match self.args.fail_on {
            FailOn::Any => self.output.found(),
            FailOn::Secrets => self.secrets,
            FailOn::Never => 0,
        };
        Ok(match (failing, self.unread.len()) {
            (0, 0) => 0,
            (0, _) => EXIT_INCOMPLETE,
            _ => EXIT_FOUND,
        })
    }
}

fn is_wanted(args: &ScanArgs, finding: &Finding) -> bool {
    finding.confidence >= args.min_confidence
        && (args.types.is_empty() || args.types.contains(&finding.entity_type))
}
