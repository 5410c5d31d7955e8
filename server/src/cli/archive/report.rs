//! What the archive's commands say, to people and programs.

use std::{io::Write, process::ExitCode};

use indicatif::HumanBytes;
use serde_json::{Value, json};
use vault_event_store::archive::{ArchiveState, Archived, CheckedArchive};

/// The exit code when something is wrong with log or archive.
const WRONG: u8 = 2;

/// How a command ended.
pub(super) enum Report {
    /// What was archived, or would be.
    Run { done: Archived, is_dry: bool },
    /// Why nothing more is archived: log or archive are not what was written.
    Wrong(String),
    /// How much is archived, of a log with so many events.
    Status { state: ArchiveState, last_position: u64 },
    /// What a look at all bundles found.
    Verified(CheckedArchive),
}

impl Report {
    pub(super) fn exit_code(&self) -> ExitCode {
        let is_wrong = match self {
            Self::Run { .. } | Self::Status { .. } => false,
            Self::Wrong(_) => true,
            Self::Verified(checked) => !checked.findings.is_empty(),
        };
        if is_wrong {
            ExitCode::from(WRONG)
        } else {
            ExitCode::SUCCESS
        }
    }

    pub(super) fn write(&self, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if as_json {
            writeln!(out, "{}", self.to_json())?;
        } else {
            self.write_text(&mut out)?;
        }
        out.flush()
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Run { done, is_dry } => json!({
                "bundles": done.bundles, "events": done.events, "size_bytes": done.size_bytes,
                "removed_rows": done.removed_rows, "archived_position": done.archived_position,
                "removed_position": done.removed_position, "dry_run": is_dry, "finding": null,
            }),
            Self::Wrong(finding) => json!({ "finding": finding }),
            Self::Status { state, last_position } => json!({
                "archived_position": state.archived_position, "removed_position": state.removed_position,
                "last_position": last_position, "bundles": state.bundles, "size_bytes": state.size_bytes,
                "archived_at": state.archived_at,
            }),
            Self::Verified(checked) => {
                let finding = |found: &vault_event_store::archive::BundleFinding| {
                    json!({
                        "first": found.first, "last": found.last, "object": found.object_name,
                        "finding": format!("the bundle of positions {} to {} {}", found.first, found.last, found.fault),
                    })
                };
                json!({
                    "bundles": checked.bundles, "size_bytes": checked.size_bytes,
                    "spare_objects": checked.spare_objects,
                    "findings": checked.findings.iter().map(finding).collect::<Vec<_>>(),
                })
            }
        }
    }

    fn write_text(&self, out: &mut impl Write) -> std::io::Result<()> {
        match self {
            Self::Run { done, is_dry: true } => writeln!(
                out,
                "would archive {} events in {} bundles or more, up to position {}",
                done.events, done.bundles, done.archived_position
            ),
            Self::Run { done, is_dry: false } => {
                let size = HumanBytes(done.size_bytes);
                writeln!(
                    out,
                    "archived  {} events in {} bundles, {size}",
                    done.events, done.bundles
                )?;
                writeln!(out, "removed   {} rows", done.removed_rows)?;
                if done.removed_position < done.archived_position {
                    let from = done.removed_position + 1;
                    writeln!(
                        out,
                        "kept      rows from position {from} on, from which repeated requests may yet be answered"
                    )?;
                }
                writeln!(out, "position  {}", done.archived_position)
            }
            Self::Wrong(finding) => writeln!(out, "WRONG     {finding}"),
            Self::Status { state, last_position } => {
                let size = HumanBytes(state.size_bytes);
                writeln!(out, "archived  {} of {last_position}", state.archived_position)?;
                writeln!(out, "removed   {} of {last_position}", state.removed_position)?;
                writeln!(out, "bundles   {}, {size}", state.bundles)
            }
            Self::Verified(checked) => {
                writeln!(
                    out,
                    "checked   {} bundles, {}",
                    checked.bundles,
                    HumanBytes(checked.size_bytes)
                )?;
                if checked.spare_objects > 0 {
                    writeln!(
                        out,
                        "spare     {} objects that nothing reads",
                        checked.spare_objects
                    )?;
                }
                for found in &checked.findings {
                    let (first, last, fault) = (found.first, found.last, found.fault);
                    writeln!(
                        out,
                        "WRONG     the bundle of positions {first} to {last} {fault}: {}",
                        found.object_name
                    )?;
                }
                if checked.findings.is_empty() {
                    writeln!(out, "right")?;
                }
                Ok(())
            }
        }
    }
}
