//! The body of an upload: lines are read and wrapped on a thread of their own, as fast as the connection takes them.

use std::{
    io::{self, BufRead},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use axum::body::Bytes;
use futures::{Stream, stream};
use reqwest::Body;
use tokio::sync::mpsc;
use vault_commands::record::MAX_DATA_BYTES;

use super::{
    line_map::LineMap,
    refused::{Refusal, Refused},
    refused_file::RefusedFile,
    wrap::{Shape, Verdict},
};
use crate::cli::lines::Lines;

/// From how many bytes on a block is sent; a block ends with a line.
const FULL_BLOCK_BYTES: usize = 256 * 1024;
/// How many blocks may wait for the connection.
const BLOCKS_WAITING: usize = 2;

/// How long an upload may be quiet because its input is: the server gives up after a minute.
const QUIET_LIMIT: Duration = Duration::from_secs(20);
/// A blank line, which is no record.
const SIGN_OF_LIFE: &[u8] = b"\n";

/// One attempt to upload: what the reading thread and the reader of the report know together.
#[derive(Default)]
pub(super) struct Sending {
    lines: Mutex<LineMap>,
    refused: Mutex<(Refused, Option<RefusedFile>)>,
    blank: AtomicU64,
    blocks_made: AtomicU64,
    blocks_taken: AtomicU64,
    ended: AtomicBool,
    error: Mutex<Option<io::Error>>,
}

impl Sending {
    pub(super) fn new(file: Option<RefusedFile>) -> Self {
        Self {
            refused: Mutex::new((Refused::default(), file)),
            ..Self::default()
        }
    }

    /// Begins to read, and answers the body that will be read.
    pub(super) fn start(self: &Arc<Self>, reader: Box<dyn BufRead + Send>, shape: Shape) -> io::Result<Body> {
        let (sender, receiver) = mpsc::channel(BLOCKS_WAITING);
        let sending = Arc::clone(self);
        // not one of the runtime's blocking threads: the process must be able to end while standard input says nothing
        thread::Builder::new()
            .name("import-read".to_owned())
            .spawn(move || {
                let result = sending.read(reader, &shape, &sender);
                sending.ended.store(true, Ordering::Release);
                if let Err(error) = result {
                    *lock(&sending.error) = Some(error);
                    // the body must not look complete
                    let _ = sender.blocking_send(Err(io::Error::other("the input broke off")));
                }
            })?;
        Ok(Body::wrap_stream(self.blocks(receiver, QUIET_LIMIT)))
    }

    /// What is sent: the blocks as they come, and between them signs of life.
    fn blocks(
        self: &Arc<Self>,
        receiver: mpsc::Receiver<io::Result<Bytes>>,
        quiet_limit: Duration,
    ) -> impl Stream<Item = io::Result<Bytes>> + use<> {
        let state = (receiver, Arc::clone(self));
        stream::unfold(state, move |(mut receiver, sending)| async move {
            let item = match tokio::time::timeout(quiet_limit, receiver.recv()).await {
                Ok(block) => {
                    let block = block?;
                    sending.blocks_taken.fetch_add(1, Ordering::AcqRel);
                    block
                }
                Err(_) => Ok(Bytes::from_static(SIGN_OF_LIFE)),
            };
            Some((item, (receiver, sending)))
        })
    }

    fn read(
        &self,
        reader: Box<dyn BufRead + Send>,
        shape: &Shape,
        sender: &mpsc::Sender<io::Result<Bytes>>,
    ) -> io::Result<()> {
        let mut lines = Lines::new(reader, MAX_DATA_BYTES);
        let mut block = Vec::with_capacity(FULL_BLOCK_BYTES);
        while let Some(line) = lines.next()? {
            match shape.judge(&line, &mut block) {
                Verdict::Sent => lock(&self.lines).push(line.number),
                Verdict::Blank => _ = self.blank.fetch_add(1, Ordering::Relaxed),
                Verdict::Rest => {}
                Verdict::Refused(why) => self.refuse(why.refusal(line.number))?,
            }
            if block.len() >= FULL_BLOCK_BYTES {
                let full = std::mem::replace(&mut block, Vec::with_capacity(FULL_BLOCK_BYTES));
                if !self.hand_over(full, sender) {
                    return Ok(());
                }
            }
        }
        if !block.is_empty() {
            self.hand_over(block, sender);
        }
        Ok(())
    }

    /// Waits for the connection to take a block; false when it never will.
    fn hand_over(&self, block: Vec<u8>, sender: &mpsc::Sender<io::Result<Bytes>>) -> bool {
        self.blocks_made.fetch_add(1, Ordering::AcqRel);
        sender.blocking_send(Ok(block.into())).is_ok()
    }

    /// Counts a refused line.
    pub(super) fn refuse(&self, refusal: Refusal) -> io::Result<()> {
        let mut guard = lock(&self.refused);
        let (refused, file) = &mut *guard;
        if let Some(file) = file {
            file.add(&refusal)?;
        }
        refused.add(refusal);
        Ok(())
    }

    /// The line of a record of the upload.
    pub(super) fn line_of(&self, record: u64) -> Option<u64> {
        lock(&self.lines).line_of(record)
    }

    /// How many records were handed over.
    pub(super) fn records(&self) -> u64 {
        lock(&self.lines).records()
    }

    /// How many blank lines were passed over.
    pub(super) fn blank(&self) -> u64 {
        self.blank.load(Ordering::Relaxed)
    }

    /// What went wrong while the lines were read, if anything did.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        lock(&self.error).take()
    }

    /// The refusals, once all is said.
    pub(super) fn take_refused(&self) -> (Refused, Option<RefusedFile>) {
        std::mem::take(&mut *lock(&self.refused))
    }

    /// How many blocks the connection has taken, and whether it is its turn to move: not while the input is slow.
    pub(super) fn pace(&self) -> (u64, bool) {
        let taken = self.blocks_taken.load(Ordering::Acquire);
        let waiting = self.blocks_made.load(Ordering::Acquire) > taken;
        (taken, waiting || self.ended.load(Ordering::Acquire))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn a_slow_input_shows_signs_of_life_that_are_no_records() {
        let sending = Arc::new(Sending::new(None));
        let (sender, receiver) = mpsc::channel(1);
        let mut blocks = Box::pin(sending.blocks(receiver, Duration::from_millis(1)));
        let first = blocks.next().await.expect("goes on").expect("is sent");
        assert_eq!((&first[..], sending.pace()), (SIGN_OF_LIFE, (0, false)));
        sender
            .send(Ok(Bytes::from_static(b"{}\n")))
            .await
            .expect("is taken");
        drop(sender);
        let mut sent = Vec::new();
        while let Some(Ok(block)) = blocks.next().await {
            sent.push(block);
        }
        assert_eq!(sent.iter().filter(|block| block[..] == b"{}\n"[..]).count(), 1);
        assert_eq!(sending.pace().0, 1);
    }
}
