//! The server's report, line by line as it comes in.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use reqwest::Response;
use serde::Deserialize;

use super::{refused::Refusal, sending::Sending};
use crate::cli::{
    printable,
    retry::{Failure, is_passing_code},
};

/// The longest line of a report.
const MAX_REPORT_LINE_BYTES: usize = 1024 * 1024;

/// The last line of a report.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Summary {
    /// How many records are in the draft, whenever they were added.
    pub(super) created: u64,
    /// How many were refused.
    pub(super) failed: u64,
    /// Whether every line was worked on.
    pub(super) complete: bool,
    /// How many lines the server had worked on before.
    #[serde(default)]
    pub(super) replayed: u64,
    /// Where the last of them stands in the log.
    pub(super) position: Option<String>,
    /// Whether reads show them already.
    pub(super) read_models: Option<String>,
    error: Option<EarlyEnd>,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlyEnd {
    code: String,
    #[serde(default)]
    detail: String,
}

#[derive(Deserialize)]
struct FailedLine {
    index: u64,
    code: String,
    error: String,
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReportLine {
    Summary(Summary),
    Failed(FailedLine),
}

/// Waits for something while the upload moves.
pub(super) async fn while_moving<T>(
    sending: &Sending,
    stall: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let mut work = pin!(work);
    let mut before = sending.pace().0;
    loop {
        if let Ok(value) = tokio::time::timeout(stall, &mut work).await {
            return Ok(value);
        }
        let (taken, could_move) = sending.pace();
        if could_move && taken == before {
            return Err(Failure::broken(anyhow!(
                "nothing has moved for {} s",
                stall.as_secs()
            )));
        }
        before = taken;
    }
}

/// Reads the report to its end, which is the end of the upload too.
pub(super) async fn read_report(
    mut response: Response,
    sending: &Arc<Sending>,
    stall: Duration,
) -> Result<Summary, Failure> {
    let mut reader = Reader {
        sending,
        rest: Vec::new(),
        summary: None,
    };
    loop {
        let bytes = while_moving(sending, stall, response.chunk())
            .await?
            .map_err(Failure::broken)?;
        let Some(bytes) = bytes else { break };
        reader.push(&bytes)?;
    }
    reader.finish()
}

struct Reader<'a> {
    sending: &'a Sending,
    rest: Vec<u8>,
    summary: Option<Summary>,
}

impl Reader<'_> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if self.rest.len() > MAX_REPORT_LINE_BYTES {
                return Err(Failure::Final(anyhow!(
                    "the server's report has a line of more than 1 MiB"
                )));
            }
            if self.rest.ends_with(b"\n") {
                let line = std::mem::take(&mut self.rest);
                self.line(&line)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let line =
            serde_json::from_slice(line).context("the server's report is not what a vault would say")?;
        match line {
            ReportLine::Summary(summary) => self.summary = Some(summary),
            ReportLine::Failed(FailedLine {
                index,
                code,
                error,
                id,
            }) => {
                let line = self.sending.line_of(index);
                let refusal = Refusal {
                    line,
                    record: Some(index),
                    code: code.into(),
                    message: error,
                    external_id: id,
                };
                self.sending
                    .refuse(refusal)
                    .context("cannot write the refused lines")?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Summary, Failure> {
        let rest = std::mem::take(&mut self.rest);
        self.line(&rest)?;
        let Some(summary) = self.summary else {
            return Err(Failure::broken(anyhow!("the report ended before its summary")));
        };
        if summary.complete {
            return Ok(summary);
        }
        let end = summary.error.unwrap_or_else(|| EarlyEnd {
            code: String::new(),
            detail: String::new(),
        });
        let cause = anyhow!("{} ({})", printable(&end.detail), printable(&end.code))
            .context("the server ended the upload early");
        Err(if is_passing_code(&end.code) {
            Failure::broken(cause)
        } else {
            Failure::Final(cause)
        })
    }
}
