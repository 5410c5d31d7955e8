//! Where objects are: a folder on this machine, or a bucket of S3, Google Cloud Storage or Azure Blob Storage.

use std::{path::PathBuf, sync::Arc, time::Duration};

use object_store::{
    ObjectStore, ObjectStoreScheme, RetryConfig, aws::AmazonS3Builder, azure::MicrosoftAzureBuilder,
    gcp::GoogleCloudStorageBuilder, local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use reqwest::Url;

/// How often a request to a bucket is repeated when it fails for a passing reason.
const MAX_RETRIES: usize = 4;
/// How long a request to a bucket may take with its repeats.
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);

/// Where objects are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder on this machine; it is made if it is missing.
    Folder(PathBuf),
    /// A bucket, or the part of it under a prefix.
    Bucket(Url),
}

/// Why a place of objects cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// The folder cannot be made.
    #[error("the folder cannot be made")]
    Folder(#[source] std::io::Error),
    /// The URL is of no kind of bucket.
    #[error("a bucket is named like s3://bucket/prefix, gs://bucket/prefix or az://container/prefix")]
    Scheme,
    /// The settings do not suffice.
    #[error("the place of the objects is not usable")]
    Store(#[from] object_store::Error),
}

impl Location {
    /// Opens the place. A bucket's region, endpoint and credentials come from the environment, by the names that the
    /// cloud's own tools use (`AWS_*`, `GOOGLE_*`, `AZURE_*`), or from the machine's identity. Nothing is asked of a
    /// bucket yet.
    ///
    /// # Errors
    /// [`LocationError`]
    pub fn open(&self) -> Result<Arc<dyn ObjectStore>, LocationError> {
        match self {
            Self::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(LocationError::Folder)?;
                let store = LocalFileSystem::new_with_prefix(folder)?;
                // Folders that become empty go, because their names hold addresses, and no address outlives an erasure.
                Ok(Arc::new(store.with_fsync(true).with_automatic_cleanup(true)))
            }
            Self::Bucket(url) => {
                let (scheme, prefix) = ObjectStoreScheme::parse(url).map_err(|_| LocationError::Scheme)?;
                Ok(below(prefix, bucket(&scheme, url)?))
            }
        }
    }
}

fn bucket(scheme: &ObjectStoreScheme, url: &Url) -> Result<Arc<dyn ObjectStore>, LocationError> {
    let retry = RetryConfig {
        max_retries: MAX_RETRIES,
        retry_timeout: RETRY_TIMEOUT,
        ..RetryConfig::default()
    };
    let url = url.as_str();
    Ok(match scheme {
        ObjectStoreScheme::AmazonS3 => Arc::new(
            AmazonS3Builder::from_env()
                .with_url(url)
                .with_retry(retry)
                .build()?,
        ),
        ObjectStoreScheme::GoogleCloudStorage => Arc::new(
            GoogleCloudStorageBuilder::from_env()
                .with_url(url)
                .with_retry(retry)
                .build()?,
        ),
        ObjectStoreScheme::MicrosoftAzure => Arc::new(
            MicrosoftAzureBuilder::from_env()
                .with_url(url)
                .with_retry(retry)
                .build()?,
        ),
        _ => return Err(LocationError::Scheme),
    })
}

fn below(prefix: Path, store: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
    if prefix.is_root() {
        store
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str) -> Result<Arc<dyn ObjectStore>, LocationError> {
        Location::Bucket(url.parse().expect("a URL")).open()
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        for url in [
            "ftp://bucket/prefix",
            "file:///etc",
            "memory:///",
            "https://example.org/bucket",
            "s3:///prefix",
        ] {
            assert!(matches!(open(url), Err(LocationError::Scheme)), "{url}");
        }
    }

    #[test]
    fn a_bucket_of_each_cloud_is_opened_below_its_prefix() {
        // a second time changes nothing
        let _ = rustls::crypto::ring::default_provider().install_default();
        for (url, shown) in [
            ("s3://records", "AmazonS3(records)"),
            ("s3://records/of/all", "PrefixObjectStore(of/all)"),
            ("gs://records/of/all", "PrefixObjectStore(of/all)"),
        ] {
            assert_eq!(open(url).expect("a bucket").to_string(), shown);
        }
    }
}
