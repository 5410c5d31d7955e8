//! What the commands on the object store say, to people and programs.

use std::{io::Write, process::ExitCode};

use indicatif::HumanBytes;
use serde_json::{Value, json};

use crate::contents::{CheckedContents, Collected, MAX_LISTED};

/// The exit code when something cannot be read.
const WRONG: u8 = 2;

/// How a command ended.
pub(super) enum Report {
    /// What a look at all contents found.
    Checked(CheckedContents),
    /// What was removed, or would be.
    Collected { collected: Collected, is_dry: bool },
}

impl Report {
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Checked(checked) if checked.faulty > 0 => ExitCode::from(WRONG),
            Self::Checked(_) | Self::Collected { .. } => ExitCode::SUCCESS,
        }
    }

    pub(super) fn write(&self, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if as_json {
            writeln!(out, "{}", self.to_json())?;
        } else {
            match self {
                Self::Checked(checked) => write_checked(&mut out, checked)?,
                Self::Collected { collected, is_dry } => write_collected(&mut out, collected, *is_dry)?,
            }
        }
        out.flush()
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Checked(checked) => {
                let faults = checked.faults.iter().map(|found| {
                    json!({
                        "fault": found.fault.as_str(), "tenant": found.tenant,
                        "dataset": found.named_by.dataset, "record": found.named_by.record,
                        "content": found.address.to_string(),
                    })
                });
                json!({
                    "contents": checked.contents, "size_bytes": checked.size_bytes,
                    "unnamed": checked.unnamed, "unnamed_bytes": checked.unnamed_bytes,
                    "strange_objects": checked.strange, "faulty": checked.faulty,
                    "faults": faults.collect::<Vec<_>>(),
                })
            }
            Self::Collected { collected, is_dry } => json!({
                "removed": collected.removed, "removed_bytes": collected.removed_bytes,
                "condemned": collected.condemned, "young": collected.young, "dry_run": is_dry,
            }),
        }
    }
}

fn write_checked(out: &mut impl Write, checked: &CheckedContents) -> std::io::Result<()> {
    writeln!(
        out,
        "{} contents of {} are whole; {} of {} are named by no record; {} objects are not the vault's",
        checked.contents,
        HumanBytes(checked.size_bytes),
        checked.unnamed,
        HumanBytes(checked.unnamed_bytes),
        checked.strange,
    )?;
    for found in &checked.faults {
        writeln!(
            out,
            "{}: the content of record {} of dataset {} of tenant {}",
            found.fault.as_str(),
            found.named_by.record,
            found.named_by.dataset,
            found.tenant,
        )?;
    }
    match checked.faulty {
        0 => writeln!(out, "all that records name can be read"),
        faulty if faulty > MAX_LISTED as u64 => {
            writeln!(out, "{faulty} contents cannot be read, and the first are listed")
        }
        faulty => writeln!(out, "{faulty} contents cannot be read"),
    }
}

fn write_collected(out: &mut impl Write, collected: &Collected, is_dry: bool) -> std::io::Result<()> {
    let removed = HumanBytes(collected.removed_bytes);
    if is_dry {
        return writeln!(
            out,
            "{} contents of {removed} are named by no record; {} more are too young to tell. Nothing was done",
            collected.removed, collected.young,
        );
    }
    writeln!(
        out,
        "{} contents of {removed} were removed; {} are condemned, {} more are too young to tell",
        collected.removed, collected.condemned, collected.young,
    )
}
