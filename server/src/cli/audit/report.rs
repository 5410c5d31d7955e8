//! What a verification says, to people and programs.

use std::{io::Write, process::ExitCode};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use vault_event_store::tree::TreeHead;

use crate::cli::printable;

/// The exit code when something is wrong with the log.
const WRONG: u8 = 2;
/// The exit code when the log says that it was put back, and that is not accepted.
const PUT_BACK: u8 = 3;

/// How a verification ended.
#[derive(Debug)]
pub(super) struct Report {
    /// The name of the log.
    pub(super) origin: String,
    /// How many entries of the log were checked.
    pub(super) entries: u64,
    /// How many events were checked by their contents.
    pub(super) events: u64,
    /// The last signed head that was found right.
    pub(super) head: Option<TreeHead>,
    /// The note of that head.
    pub(super) checkpoint: Option<String>,
    /// Public keys that the log handed over to, which are not among those that are given.
    pub(super) taken_over: Vec<String>,
    /// What witnesses say, if any are trusted.
    pub(super) witnessed: Option<Witnessed>,
    /// That the log was put back since it was seen last.
    pub(super) restarted: Option<Restarted>,
    /// What is wrong, in words.
    pub(super) finding: Option<String>,
}

/// What witnesses say of a log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Witnessed {
    /// The size of the newest tree that enough of them cosigned, or of the newest at all.
    pub(super) size: u64,
    /// How many of those that are trusted cosigned it.
    pub(super) cosignatures: usize,
    /// How many must.
    pub(super) required: usize,
}

/// That a log was put back since it was seen last.
#[derive(Debug, Clone)]
pub(super) struct Restarted {
    /// The origin that was seen.
    pub(super) old_origin: String,
    /// Up to here the log of that origin goes on.
    pub(super) size: u64,
    /// How many of its events are known to be void.
    pub(super) lost: u64,
    /// Whether the new origin is accepted.
    pub(super) accepted: bool,
}

impl Restarted {
    fn words(&self, origin: &str) -> String {
        format!(
            "the log was put back: from event {} of {} on it was begun anew as {origin}; heads of the old origin beyond {} are \
             void, {} events of it are lost",
            self.size, self.old_origin, self.size, self.lost
        )
    }
}

impl Report {
    /// A report on which nothing stands yet.
    pub(super) fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            entries: 0,
            events: 0,
            head: None,
            checkpoint: None,
            taken_over: Vec::new(),
            witnessed: None,
            restarted: None,
            finding: None,
        }
    }

    /// The report with what is wrong.
    pub(super) fn wrong(mut self, finding: impl Into<String>) -> Self {
        self.finding = Some(finding.into());
        self
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        if self.finding.is_some() {
            ExitCode::from(WRONG)
        } else if self.is_right() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(PUT_BACK)
        }
    }

    /// Whether nothing is wrong, and the log is the one that was seen or is accepted.
    pub(super) fn is_right(&self) -> bool {
        self.finding.is_none() && self.restarted.as_ref().is_none_or(|restarted| restarted.accepted)
    }

    pub(super) fn write(&self, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let root = self.head.map(|head| BASE64_STANDARD.encode(head.root));
        if as_json {
            let report = json!({
                "origin": self.origin, "entries": self.entries, "events": self.events,
                "size": self.head.map(|head| head.size), "root": root, "finding": self.finding,
                "keys_taken_over": self.taken_over,
                "witnessed": self.witnessed.map(|witnessed| json!({
                    "size": witnessed.size, "cosignatures": witnessed.cosignatures, "required": witnessed.required,
                })),
                "restarted": self.restarted.as_ref().map(|restarted| json!({
                    "old_origin": restarted.old_origin, "size": restarted.size, "lost": restarted.lost,
                    "accepted": restarted.accepted, "words": restarted.words(&self.origin),
                })),
            });
            writeln!(out, "{report}")?;
            return out.flush();
        }
        writeln!(out, "log      {}", self.origin)?;
        writeln!(
            out,
            "checked  {} entries, {} events by their contents",
            self.entries, self.events
        )?;
        match (self.head, root) {
            (Some(head), Some(root)) => writeln!(out, "head     {} {root}", head.size)?,
            _ => writeln!(out, "head     nothing is signed yet")?,
        }
        for key in &self.taken_over {
            writeln!(out, "new key  {key}")?;
        }
        if let Some(witnessed) = self.witnessed {
            let Witnessed {
                size,
                cosignatures,
                required,
            } = witnessed;
            writeln!(out, "witness  {cosignatures} cosigned {size}, {required} must")?;
        }
        if let Some(restarted) = &self.restarted {
            writeln!(out, "PUT BACK {}", printable(&restarted.words(&self.origin)))?;
        }
        match &self.finding {
            Some(finding) => writeln!(out, "WRONG    {finding}")?,
            None if self.is_right() => writeln!(out, "right")?,
            None => writeln!(
                out,
                "what is left is right; accept it with --accept-origin {}",
                printable(&self.origin)
            )?,
        }
        out.flush()
    }
}
