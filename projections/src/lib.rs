#![doc = include_str!("../README.md")]

mod as_of;
mod batch_size;
mod checkpoint;
mod compare;
mod copies;
mod dataset_stats;
mod datasets;
mod error;
mod key_rows;
mod lag;
mod opener;
mod progress;
mod projector;
pub mod publishers;
pub mod read;
mod rebuild;
mod records;
mod skip;
mod subjects;

use std::sync::Arc;

pub use as_of::{AsOf, replay_until};
pub use checkpoint::Checkpoint;
pub use compare::{Comparison, Difference, DifferenceKind};
pub use dataset_stats::DatasetStatsProjection;
pub use datasets::DatasetsProjection;
pub use error::ProjectionError;
pub use key_rows::StoredKeys;
pub use lag::{ProjectionState, projection_states, watch_lag};
pub use opener::{DatasetOpener, Opener};
pub use progress::ReadModels;
pub use projector::{Projection, Projector};
pub use rebuild::{OnDifferences, RebuildProgress, Rebuilt, drop_old, rebuild, roll_back};
pub use records::RecordsProjection;
pub use skip::pass_over;
pub use subjects::SubjectsProjection;

/// The projections that a write waits for before it answers.
#[must_use]
pub fn core_projections(opener: &Opener) -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(DatasetsProjection::new(opener.clone())),
        Arc::new(RecordsProjection::new(opener.clone())),
        Arc::new(DatasetStatsProjection),
        Arc::new(SubjectsProjection),
    ]
}

/// The names of [`core_projections`].
pub const CORE_PROJECTIONS: [&str; 4] = ["datasets", "records", "dataset_stats", "subjects"];
