//! A log over HTTP.

use anyhow::Context;
use async_trait::async_trait;
use reqwest::Url;
use vault_event_store::tree::{Entry, TILE_WIDTH};

use super::{
    source::{EventPage, Source, entries_of},
    trust::{ShownKeys, ShownOrigins},
};
use crate::cli::{
    client::{Client, Credentials},
    retry::Failure,
};

/// How many events of the tenant are asked for at once.
const EVENTS_PAGE: u32 = 1_000;

/// The log of a server, as an auditor of one tenant sees it.
pub(super) struct Remote {
    client: Client,
}

impl Remote {
    /// Logs in.
    pub(super) async fn open(url: &Url, credentials: Credentials) -> anyhow::Result<Self> {
        let mut client = Client::new(url, credentials)?;
        client.log_in().await.map_err(Failure::into_cause)?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Source for Remote {
    async fn checkpoint(&self) -> anyhow::Result<String> {
        self.client.get_text("/audit/checkpoint").await
    }

    async fn cosigned_checkpoint(&self, cosignatures: usize) -> anyhow::Result<String> {
        let path = format!("/audit/checkpoint?cosignatures={cosignatures}");
        match self.client.get_text(&path).await {
            // there may be none, which the newest one shows
            Err(_) => self.checkpoint().await,
            found => found,
        }
    }

    async fn keys(&self) -> anyhow::Result<ShownKeys> {
        self.client.get_json("/audit/public-key").await
    }

    async fn origins(&self) -> anyhow::Result<ShownOrigins> {
        self.client.get_json("/audit/origins").await
    }

    async fn tenant_head(&self, tree_size: u64) -> anyhow::Result<String> {
        self.client
            .get_text(&format!("/audit/tenant-head?size={tree_size}"))
            .await
    }

    async fn entries(&self, number: u64, width: usize) -> anyhow::Result<Vec<Entry>> {
        let path = format!("/audit/tile/entries/{}", tile_path(number, width));
        let bytes = self.client.get_bytes(&path).await?;
        // each stands after its length
        let entries = bytes
            .chunks(50)
            .map(|entry| entry.strip_prefix(&[0, 48])?.try_into().ok());
        entries_of(entries, width).context("a bundle does not have its entries")
    }

    async fn events_after(&self, position: u64) -> anyhow::Result<EventPage> {
        let path = format!("/audit/events?limit={EVENTS_PAGE}&after={position}");
        self.client.get_json(&path).await
    }
}

/// The path of a tile (C2SP tlog-tiles).
fn tile_path(number: u64, width: usize) -> String {
    let mut path = format!("{:03}", number % 1_000);
    let mut rest = number / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    if width < TILE_WIDTH {
        path = format!("{path}.p/{width}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_asked_for_by_the_paths_of_the_specification() {
        assert_eq!(tile_path(1_234_067, 256), "x001/x234/067");
        assert_eq!(tile_path(0, 1), "000.p/1");
        assert_eq!(tile_path(1_000, 255), "x001/000.p/255");
    }
}
