//! Cutting a stream of lines into chunks, with as much memory as one chunk takes.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use vault_commands::record::{MAX_DATA_BYTES, MAX_METADATA_BYTES};

/// The most lines of a chunk.
const MAX_CHUNK_LINES: usize = 500;
/// From how many bytes on a chunk is full.
const FULL_CHUNK_BYTES: usize = 1024 * 1024;
/// The longest line: a record's data, its metadata and some room for the rest.
const MAX_LINE_BYTES: usize = MAX_DATA_BYTES + MAX_METADATA_BYTES + 8 * 1024;

/// How long a client may send nothing.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// Consecutive lines of a stream. Where chunks end depends on nothing but the lines, so that a repeat cuts alike.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Which chunk of the stream it is, from 0.
    pub(super) number: u64,
    /// Which line that is not blank its first line is, from 0.
    pub(super) first_index: u64,
    /// The lines that are not blank, without their ends.
    pub(super) lines: Vec<Bytes>,
}

/// Why a stream could not be cut.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutError {
    /// The body broke off.
    #[error("the body ended before it was complete")]
    Broken(#[source] axum::Error),
    /// The client sends nothing.
    #[error("nothing came for {} s", IDLE_TIMEOUT.as_secs())]
    Idle,
    /// A line is too long.
    #[error("a line is longer than {MAX_LINE_BYTES} bytes")]
    LineTooLong,
}

struct Cutter {
    body: BodyDataStream,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    searched: usize,
    ended: bool,
    number: u64,
    index: u64,
}

/// The chunks of a body.
pub(super) fn chunks(body: Body) -> impl Stream<Item = Result<Chunk, CutError>> {
    let cutter = Cutter {
        body: body.into_data_stream(),
        buffer: BytesMut::new(),
        searched: 0,
        ended: false,
        number: 0,
        index: 0,
    };
    stream::try_unfold(cutter, |mut cutter| async move {
        Ok(cutter.chunk().await?.map(|chunk| (chunk, cutter)))
    })
}

impl Cutter {
    async fn chunk(&mut self) -> Result<Option<Chunk>, CutError> {
        let mut chunk = Chunk {
            number: self.number,
            first_index: self.index,
            lines: Vec::new(),
        };
        let mut bytes = 0;
        while chunk.lines.len() < MAX_CHUNK_LINES && bytes < FULL_CHUNK_BYTES {
            let Some(line) = self.line().await? else { break };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            bytes += line.len();
            chunk.lines.push(line);
        }
        if chunk.lines.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        self.index += chunk.lines.len() as u64;
        Ok(Some(chunk))
    }

    /// The next line, without its end; `None` at the end of the body.
    async fn line(&mut self) -> Result<Option<Bytes>, CutError> {
        loop {
            if let Some(at) = self.buffer[self.searched..]
                .iter()
                .position(|byte| *byte == b'\n')
            {
                let mut line = self.buffer.split_to(self.searched + at + 1);
                line.truncate(line.len() - 1);
                self.searched = 0;
                return Ok(Some(line.freeze()));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > MAX_LINE_BYTES {
                return Err(CutError::LineTooLong);
            }
            if self.ended {
                self.searched = 0;
                let last = self.buffer.split().freeze();
                return Ok(Some(last).filter(|line| !line.is_empty()));
            }
            match tokio::time::timeout(IDLE_TIMEOUT, self.body.next()).await {
                Ok(Some(Ok(bytes))) => self.buffer.extend_from_slice(&bytes),
                Ok(Some(Err(error))) => return Err(CutError::Broken(error)),
                Ok(None) => self.ended = true,
                Err(_) => return Err(CutError::Idle),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn cut(pieces: Vec<Vec<u8>>) -> Vec<Chunk> {
        let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>)));
        chunks(body)
            .map(|chunk| chunk.expect("the body is whole"))
            .collect()
            .await
    }

    #[tokio::test]
    async fn chunks_depend_on_lines_and_not_on_how_they_arrive() {
        let text: Vec<u8> = (0..1_234)
            .flat_map(|n| format!("{{\"n\":{n}}}\r\n\n").into_bytes())
            .collect();
        let whole = cut(vec![text.clone()]).await;
        let pieces = cut(text.chunks(7).map(<[u8]>::to_vec).collect()).await;
        let shape = |chunks: &[Chunk]| {
            chunks
                .iter()
                .map(|chunk| (chunk.number, chunk.first_index, chunk.lines.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(shape(&whole), shape(&pieces));
        assert_eq!(
            whole.iter().map(|chunk| chunk.lines.len()).collect::<Vec<_>>(),
            [500, 500, 234]
        );
        assert_eq!(whole[2].first_index, 1_000);
    }

    #[tokio::test]
    async fn a_last_line_needs_no_end_and_an_empty_body_has_no_chunk() {
        let chunks = cut(vec![b"{}\n{\"a\":1}".to_vec()]).await;
        assert_eq!(chunks[0].lines, ["{}", "{\"a\":1}"]);
        assert!(cut(vec![]).await.is_empty());
        assert!(cut(vec![b"\n \n".to_vec()]).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let pieces = (0..20).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1024 * 1024]));
        let mut chunks = Box::pin(chunks(Body::from_stream(stream::iter(pieces))));
        assert!(matches!(chunks.next().await, Some(Err(CutError::LineTooLong))));
    }
}
