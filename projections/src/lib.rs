#![doc = include_str!("../README.md")]

mod as_of;
mod checkpoint;
mod dataset_stats;
mod datasets;
mod error;
mod key_rows;
mod lease;
mod opener;
mod progress;
mod projector;
pub mod publishers;
pub mod read;
mod rebuild;
mod records;

use std::sync::Arc;

pub use as_of::{AsOf, replay_until};
pub use checkpoint::{ProjectionState, projection_states};
pub use dataset_stats::DatasetStatsProjection;
pub use datasets::DatasetsProjection;
pub use error::ProjectionError;
pub use key_rows::StoredKeys;
pub use lease::Lease;
pub use opener::{DatasetOpener, Opener};
pub use progress::ReadModels;
pub use projector::{Projection, Projector};
pub use rebuild::{RebuildProgress, rebuild};
pub use records::RecordsProjection;

/// The projections that a write waits for before it answers.
#[must_use]
pub fn core_projections(opener: &Opener) -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(DatasetsProjection::new(opener.clone())),
        Arc::new(RecordsProjection::new(opener.clone())),
        Arc::new(DatasetStatsProjection),
    ]
}

/// The names of [`core_projections`].
pub const CORE_PROJECTIONS: [&str; 3] = ["datasets", "records", "dataset_stats"];
