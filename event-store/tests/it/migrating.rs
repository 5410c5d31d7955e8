//! Bringing a schema up to date, as the roles that a deployment has.

use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgConnectOptions};
use vault_event_store::{Database, DatabaseConfig, MIGRATOR};

use crate::support::new_id;

/// What `deploy/postgres/roles.sql` makes, in a database of its own; the owner is no superuser.
async fn owned_database(superuser: &PgPool, owner: &str) -> String {
    let options = superuser.connect_options();
    for statement in [
        format!("CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'owner'"),
        format!("CREATE DATABASE {owner} OWNER {owner}"),
    ] {
        sqlx::query(&statement).execute(superuser).await.expect("made");
    }
    format!(
        "postgres://{owner}:owner@{}:{}/{owner}",
        options.get_host(),
        options.get_port()
    )
}

fn database(url: &str) -> Database {
    Database::new(&DatabaseConfig {
        url: url.to_owned(),
        reader_url: None,
        migrate_url: None,
        max_connections: 1,
    })
    .expect("a URL")
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_owner_who_is_no_superuser_migrates_where_the_roles_are_made(superuser: PgPool) {
    let owner = format!("owner_{}", new_id().simple());
    let url = owned_database(&superuser, &owner).await;
    let migrated = database(&url).migrate().await;
    for statement in [
        format!("DROP DATABASE {owner} WITH (FORCE)"),
        format!("DROP ROLE {owner}"),
    ] {
        sqlx::query(&statement)
            .execute(&superuser)
            .await
            .expect("dropped");
    }
    migrated.expect("the schema is up to date");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_database_with_the_earlier_text_of_the_first_migration_goes_on(superuser: PgPool) {
    let earlier = "UPDATE _sqlx_migrations SET checksum = decode(\
        '887109b4e1f14e89d374a58268c89f15a421fbe37c9252bacd59dffce6ed08dcc239d8adac682a400206b7e5f4144007', 'hex') \
        WHERE version = 20261122000001";
    sqlx::query(earlier).execute(&superuser).await.expect("set back");
    assert!(MIGRATOR.run(&superuser).await.is_err(), "sqlx alone refuses it");
    let options: PgConnectOptions = (*superuser.connect_options()).clone();
    let url = sqlx::ConnectOptions::to_url_lossy(&options).to_string();
    database(&url).migrate().await.expect("it goes on");
    let mut connection = PgConnection::connect_with(&options).await.expect("a connection");
    MIGRATOR
        .run(&mut connection)
        .await
        .expect("nothing is left to do");
}
