//! The rules of skipping an event.

use std::collections::BTreeSet;

use vault_domain::projection::{
    ProjectionName, ProjectionSkipped, Skip, SkipCommand, SkipEvent, SkipRefusal, UnknownProjection,
};

use crate::{
    samples::sealed,
    support::{assert_survives_a_snapshot, given},
};

fn skipped() -> ProjectionSkipped {
    ProjectionSkipped {
        projection: ProjectionName::Records,
        position: 7,
        reason: sealed(60),
    }
}

#[test]
fn an_event_is_skipped_with_a_reason() {
    given::<Skip>([])
        .when(SkipCommand::Skip(skipped()))
        .then([SkipEvent::Skipped(skipped())]);
}

#[test]
fn an_event_is_skipped_once() {
    given::<Skip>([SkipEvent::Skipped(skipped())])
        .when(SkipCommand::Skip(skipped()))
        .then_refused(SkipRefusal::AlreadySkipped);
}

#[test]
fn a_skip_survives_its_snapshot() {
    assert_survives_a_snapshot::<Skip>(&[]);
    assert_survives_a_snapshot::<Skip>(&[SkipEvent::Skipped(skipped())]);
}

#[test]
fn each_event_of_each_projection_has_a_stream_of_its_own() {
    let positions = [1, 2, 255, 256, 1 << 32, (1 << 53) - 1];
    let streams: BTreeSet<_> = ProjectionName::ALL
        .iter()
        .flat_map(|projection| positions.map(|position| Skip::stream_id(*projection, position)))
        .collect();
    assert_eq!(streams.len(), ProjectionName::ALL.len() * positions.len());
}

#[test]
fn a_projection_is_found_by_its_name_alone() {
    for projection in ProjectionName::ALL {
        assert_eq!(projection.name().parse(), Ok(projection));
    }
    for unknown in ["", "Records", "kafka"] {
        assert_eq!(unknown.parse::<ProjectionName>(), Err(UnknownProjection));
    }
}
