//! Nobody rewrites the log.

use sqlx::{PgPool, Row as _};

use crate::support::{Rig, counting, new_id, new_tenant};

/// The SQLSTATE of what a role is refused.
pub(crate) async fn refused(pool: &PgPool, role: &str, statement: &str) -> Option<String> {
    let mut connection = pool.acquire().await.expect("a connection");
    let script = format!("BEGIN; SET LOCAL ROLE {role}; {statement}");
    let outcome = sqlx::raw_sql(&script).execute(&mut *connection).await;
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut *connection)
        .await
        .expect("rolled back");
    let error = outcome.err()?;
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .map(std::borrow::Cow::into_owned)
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn neither_writer_nor_reader_nor_owner_may_change_or_remove_events(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender
        .append(counting(new_tenant(), new_id(), 0, 3))
        .await
        .expect("appended");
    let owner: String = sqlx::query("SELECT current_user")
        .fetch_one(&rig.owner)
        .await
        .expect("a name")
        .get(0);
    for role in ["vault_writer", "vault_reader", owner.as_str()] {
        for statement in [
            "UPDATE events SET payload = '{}'",
            "UPDATE events SET payload = '{}' WHERE position = 0",
            "DELETE FROM events",
            "TRUNCATE events",
            "UPDATE event_batches SET mac = ''",
            "DELETE FROM event_batches",
            "TRUNCATE event_batches",
            "INSERT INTO events SELECT * FROM events ON CONFLICT (position) DO UPDATE SET payload = '{}'",
        ] {
            assert_eq!(
                refused(&rig.owner, role, statement).await.as_deref(),
                Some("42501"),
                "{role}: {statement}"
            );
        }
    }
    assert_eq!(
        rig.count("SELECT count(*) FROM events WHERE payload::text = '{\"by\":1}'")
            .await,
        3
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn the_archiver_may_do_nothing_to_events_that_are_not_archived(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender
        .append(counting(new_tenant(), new_id(), 0, 3))
        .await
        .expect("appended");
    for statement in [
        "UPDATE events SET payload = '{}'",
        "TRUNCATE events",
        "INSERT INTO events SELECT * FROM events",
        "DELETE FROM event_batches",
    ] {
        let code = refused(&rig.owner, "vault_archiver", statement).await;
        assert_eq!(code.as_deref(), Some("42501"), "{statement}");
    }
    for position in [1, 3] {
        let removal = format!("DELETE FROM events WHERE position = {position}");
        assert_eq!(
            refused(&rig.owner, "vault_archiver", &removal).await.as_deref(),
            Some("42501"),
            "nothing is archived: {removal}"
        );
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn the_writer_cannot_change_the_schema_and_the_reader_cannot_append(pool: PgPool) {
    let rig = Rig::new(pool);
    for (role, statement) in [
        ("vault_writer", "CREATE TABLE mine (a int)"),
        ("vault_writer", "ALTER TABLE events DISABLE TRIGGER ALL"),
        ("vault_writer", "DROP TRIGGER events_append_only ON events"),
        ("vault_writer", "DROP TABLE events"),
        ("vault_reader", "CALL insert_rare_rows('{}')"),
        (
            "vault_reader",
            "INSERT INTO guards VALUES (gen_random_uuid(), 'a', gen_random_uuid(), true)",
        ),
        ("vault_reader", "SELECT * FROM credentials"),
        ("vault_reader", "SELECT * FROM refresh_tokens"),
        ("vault_reader", "SELECT * FROM event_batches"),
    ] {
        assert_eq!(
            refused(&rig.owner, role, statement).await.as_deref(),
            Some("42501"),
            "{role}: {statement}"
        );
    }
    let callable = "SELECT count(*) FROM pg_proc WHERE proname = 'append_batch' \
                    AND has_function_privilege('vault_reader', oid, 'EXECUTE')";
    assert_eq!(rig.count(callable).await, 0);
}
