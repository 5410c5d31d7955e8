//! What a verification says, to people and programs.

use std::{io::Write, process::ExitCode};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use vault_event_store::tree::TreeHead;

/// The exit code when something is wrong with the log.
const WRONG: u8 = 2;

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
    /// What is wrong, in words.
    pub(super) finding: Option<String>,
}

impl Report {
    /// A report on which nothing stands yet.
    pub(super) fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            entries: 0,
            events: 0,
            head: None,
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
        } else {
            ExitCode::SUCCESS
        }
    }

    pub(super) fn write(&self, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let root = self.head.map(|head| BASE64_STANDARD.encode(head.root));
        if as_json {
            let report = json!({
                "origin": self.origin, "entries": self.entries, "events": self.events,
                "size": self.head.map(|head| head.size), "root": root, "finding": self.finding,
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
        match &self.finding {
            Some(finding) => writeln!(out, "WRONG    {finding}")?,
            None => writeln!(out, "right")?,
        }
        out.flush()
    }
}
