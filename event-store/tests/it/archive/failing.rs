//! An object store that fails once.

use std::{
    fmt,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, path::Path,
};

/// When an object store fails, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fails {
    BeforeWriting,
    AfterWriting,
    ByWritingHalf,
    WhenReading,
}

/// A store that fails once.
#[derive(Debug)]
pub(crate) struct Failing {
    inner: Arc<dyn ObjectStore>,
    fails: Fails,
    failed: AtomicBool,
}

impl Failing {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, fails: Fails) -> Self {
        Self {
            inner,
            fails,
            failed: AtomicBool::new(false),
        }
    }

    fn now(&self, fails: &[Fails]) -> bool {
        fails.contains(&self.fails) && !self.failed.swap(true, Ordering::Relaxed)
    }
}

fn away() -> Error {
    Error::Generic {
        store: "failing",
        source: "it is away".into(),
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing")
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        if self.now(&[Fails::BeforeWriting]) {
            return Err(away());
        }
        if self.now(&[Fails::ByWritingHalf]) {
            let bytes: Vec<u8> = payload.iter().flatten().copied().collect();
            let half = PutPayload::from(bytes[..bytes.len() / 2].to_vec());
            return self.inner.put_opts(at, half, options).await;
        }
        let put = self.inner.put_opts(at, payload, options).await?;
        if self.now(&[Fails::AfterWriting]) {
            return Err(away());
        }
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        if self.now(&[Fails::WhenReading]) {
            return Err(away());
        }
        self.inner.get_opts(at, options).await
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.inner.get_ranges(at, ranges).await
    }

    fn delete_stream(&self, at: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
