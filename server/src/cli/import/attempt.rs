//! The upload, tried until it is complete.

use std::{
    io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use indicatif::ProgressBar;
use vault_domain::IdSource;

use super::{
    notice,
    outcome::Outcome,
    refused_file::RefusedFile,
    report::{Summary, read_report, while_moving},
    sending::Sending,
    source::{FileSource, Source, key_of_file},
    wrap::Shape,
};
use crate::cli::{
    client::{Client, Dataset},
    progress,
    retry::{Failure, Retry},
};

/// One import: what to send where, and what is known by now.
pub(super) struct Import<'a> {
    pub(super) client: Client,
    pub(super) source: Source,
    pub(super) shape: Shape,
    /// Where to write the refused lines.
    pub(super) refused_path: Option<&'a Path>,
    pub(super) file: &'a Path,
    /// The dataset's name.
    pub(super) name: &'a str,
    /// The dataset, once it was found.
    pub(super) target: Option<Dataset>,
    /// Whether this import has created it.
    pub(super) created: bool,
    /// The idempotency key, given or made.
    pub(super) key: Option<String>,
    pub(super) ids: &'a dyn IdSource,
    pub(super) retry: Retry,
}

/// What a complete attempt leaves.
struct Uploaded {
    dataset: Dataset,
    key: String,
    summary: Summary,
    sending: Arc<Sending>,
}

impl Import<'_> {
    /// Uploads, again and again if need be.
    pub(super) async fn run(mut self) -> anyhow::Result<Outcome> {
        let begun = Instant::now();
        let mut attempts = 1;
        let uploaded = loop {
            match self.attempt().await {
                Ok(uploaded) => break uploaded,
                Err(Failure::Final(error)) => return Err(self.explained(error)),
                Err(Failure::Again { cause, wait }) => {
                    if let Err(reason) = self.may_go_on(attempts) {
                        return Err(self.explained(cause.context(reason)));
                    }
                    let wait = self.retry.wait(attempts, wait);
                    attempts += 1;
                    notice(&format!(
                        "{cause:#}: attempt {attempts} of {} in {:.1} s",
                        self.retry.attempts,
                        wait.as_secs_f64()
                    ));
                    self.client.log_out();
                    tokio::time::sleep(wait).await;
                }
            }
        };
        self.finish(uploaded, attempts, begun.elapsed())
    }

    /// Whether another attempt is allowed, and can be made.
    fn may_go_on(&self, attempts: u32) -> Result<(), String> {
        if !self.source.can_be_read() {
            return Err("the upload broke off, and a stream cannot be sent again from here".to_owned());
        }
        if attempts >= self.retry.attempts {
            return Err(format!("given up after {attempts} attempts"));
        }
        Ok(())
    }

    /// Says how to go on: what the server has taken is stored.
    fn explained(&self, error: anyhow::Error) -> anyhow::Error {
        match (&self.key, &self.source) {
            (Some(key), Source::Stream(None)) => error.context(format!(
                "the import is not complete; send the same input again with --idempotency-key {key} to go on"
            )),
            (Some(_), Source::File(_)) => {
                error.context("the import is not complete; run it again to go on where it broke off")
            }
            _ => error,
        }
    }

    async fn attempt(&mut self) -> Result<Uploaded, Failure> {
        self.client.log_in().await?;
        let dataset = self.dataset().await?;
        let key = self.key(&dataset).await?;
        let file = self.refused_path.map(|path| match &self.source {
            Source::File(_) => RefusedFile::of_file(path),
            Source::Stream(_) => RefusedFile::of_stream(path),
        });
        let sending = Arc::new(Sending::new(file.transpose()?));
        let bar = progress::of_bytes("sending", self.source.size_bytes());
        let result = self.upload(&dataset, &key, &sending, bar.clone()).await;
        bar.finish_and_clear();
        match result {
            Ok(summary) => Ok(Uploaded {
                dataset,
                key,
                summary,
                sending,
            }),
            Err(failure) => {
                if let (_, Some(file)) = sending.take_refused() {
                    file.discard();
                }
                // the broken connection is then the consequence
                Err(sending
                    .take_error()
                    .map_or(failure, |error| Failure::Final(unreadable(self.file, error))))
            }
        }
    }

    async fn upload(
        &mut self,
        dataset: &Dataset,
        key: &str,
        sending: &Arc<Sending>,
        bar: ProgressBar,
    ) -> Result<Summary, Failure> {
        let reader = self.source.read(bar)?;
        let body = sending
            .start(reader, self.shape.clone())
            .context("cannot start a thread")?;
        let stall = Duration::from_millis(self.retry.stall_ms);
        let response = while_moving(sending, stall, self.client.upload(dataset.id, key, body)).await??;
        let summary = read_report(response, sending, stall).await?;
        let (sent, worked_on) = (sending.records(), summary.created + summary.failed);
        if worked_on != sent {
            let cause = anyhow!("the server reports on {worked_on} lines, and {sent} were sent");
            return Err(Failure::broken(cause));
        }
        Ok(summary)
    }

    async fn dataset(&mut self) -> Result<Dataset, Failure> {
        if let Some(known) = &self.target {
            return Ok(known.clone());
        }
        let found = match self.client.find(self.name).await? {
            Some(found) => found,
            None => match self.client.create(self.name).await? {
                Some(created) => {
                    self.created = true;
                    created
                }
                // somebody else was quicker, and reads do not show it yet
                None => {
                    return Err(Failure::broken(anyhow!(
                        "the name is taken by a dataset that cannot be seen"
                    )));
                }
            },
        };
        Ok(self.target.insert(found).clone())
    }

    async fn key(&mut self, dataset: &Dataset) -> Result<String, Failure> {
        if let Some(known) = &self.key {
            return Ok(known.clone());
        }
        let key = match &self.source {
            Source::File(file) => key_of_file(dataset.id, &self.shape, &digest(file.clone()).await?),
            Source::Stream(_) => {
                let key = format!("import-{}", self.ids.next().simple());
                notice(&format!("idempotency key: {key}"));
                key
            }
        };
        Ok(self.key.insert(key).clone())
    }

    fn finish(self, uploaded: Uploaded, attempts: u32, took: Duration) -> anyhow::Result<Outcome> {
        let Uploaded {
            dataset,
            key,
            summary,
            sending,
        } = uploaded;
        let (refused, file) = sending.take_refused();
        if let Some(file) = file {
            let source = match &self.source {
                Source::File(source) => Some(source),
                Source::Stream(_) => None,
            };
            file.finish(&self.shape, source)
                .context("the records are added, but the refused lines are not written")?;
        }
        Ok(Outcome {
            file: self.file.display().to_string(),
            dataset,
            created_dataset: self.created,
            key,
            summary,
            sent: sending.records(),
            refused,
            blank: sending.blank(),
            attempts,
            took,
        })
    }
}

async fn digest(file: FileSource) -> anyhow::Result<[u8; 32]> {
    let work = move || {
        let bar = progress::of_bytes("reading", Source::File(file.clone()).size_bytes());
        let digest = file.digest(&bar);
        bar.finish_and_clear();
        digest
    };
    tokio::task::spawn_blocking(work)
        .await
        .context("the file could not be read")?
}

fn unreadable(file: &Path, error: io::Error) -> anyhow::Error {
    anyhow!(error).context(format!("cannot read all of {}", file.display()))
}
