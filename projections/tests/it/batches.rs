//! Where a batch begins and ends makes no difference.

use sqlx::PgPool;

use crate::{
    story::{Sketch, tell, with_emails},
    support::Rig,
};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn batches_of_any_size_make_the_same_rows(owner: PgPool) {
    let rig = Rig::new(owner);
    tell(&rig).await;
    let expected = rig.expected_rows().await;
    assert!(expected.iter().all(|rows| !rows.is_empty()));
    let events = rig.events().await;
    for batch in [1, 2, 3, 7] {
        rig.clear().await;
        for projection in rig.projections() {
            for part in events.chunks(batch) {
                rig.apply(projection.as_ref(), part).await.expect("applied");
            }
        }
        assert_eq!(rig.all_rows().await, expected, "batches of {batch}");
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn findings_reach_records_of_an_earlier_batch(owner: PgPool) {
    let rig = Rig::new(owner);
    let tenant = rig.create_tenant().await;
    let dataset = rig.create_dataset(tenant, "Chats", |_, _| {}).await;
    let ids = rig
        .add_records(&dataset, &[with_emails(2), Sketch::default()])
        .await;
    let events = rig.events().await;
    let (detected, before) = events.split_last().expect("events");
    assert_eq!(detected.event_type, "pii.detected");
    let [_, records, stats, _] = rig.projections();
    for part in [before, std::slice::from_ref(detected)] {
        rig.apply(records.as_ref(), part).await.expect("applied");
        rig.apply(stats.as_ref(), part).await.expect("applied");
    }
    let counts: Vec<(uuid::Uuid, String)> =
        sqlx::query_as("SELECT record_id, pii_counts::text FROM read_models.records ORDER BY record_id")
            .fetch_all(&rig.owner)
            .await
            .expect("rows");
    assert_eq!(
        counts,
        [
            (ids[0].as_uuid(), r#"{"email": 2}"#.to_owned()),
            (ids[1].as_uuid(), "{}".to_owned())
        ]
    );
    let with_pii: i64 = sqlx::query_scalar("SELECT records_with_pii FROM read_models.dataset_stats")
        .fetch_one(&rig.owner)
        .await
        .expect("a row");
    assert_eq!(with_pii, 1);
}
