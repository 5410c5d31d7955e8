//! The names that the log signs under, one after the other. A log that was put back to an earlier point goes on under a
//! new one, and says in a signed statement what it continues, from where on, and which head is void since.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    TreeHash,
    checkpoint::{HeadVerifier, InvalidNote, TreeHead},
    keys::{KeyError, LogKeys},
    proof::verify_consistency,
    read::{Tree, TreeError},
    seal::lock_sealing,
};

/// The longest reason for a new origin, in characters.
pub const MAX_REASON_CHARS: usize = 500;
/// The most origins that are listed.
const MAX_ORIGINS: i64 = 1_000;

/// A name that the log signs under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its number, from 1: the epoch of the log.
    pub number: i32,
    /// The name.
    pub name: String,
    /// Since when.
    pub begun_at: DateTime<Utc>,
    /// What it continues; nothing if it is the first.
    pub continues: Option<Continued>,
}

/// What an origin continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continued {
    /// The name of the origin before.
    pub name: String,
    /// Up to here both are one log.
    pub agreed: TreeHead,
    /// How many events the last known head of the origin before covers.
    pub old_size: u64,
    /// That head, as it was signed.
    pub old_head: String,
    /// All this, signed under both names.
    pub statement: String,
    /// Why, in the operator's words.
    pub reason: String,
}

/// What the statement of a new origin says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restart {
    /// The new name.
    pub origin: String,
    /// Its number.
    pub number: i32,
    /// The name before.
    pub continued: String,
    /// Up to here both are one log.
    pub agreed: TreeHead,
    /// The last known head of the origin before; what it covers beyond `agreed` is void.
    pub old_head: TreeHead,
}

impl Restart {
    /// How many events are void.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.old_head.size.saturating_sub(self.agreed.size)
    }

    pub(super) fn to_text(&self) -> String {
        let Self {
            origin,
            number,
            continued,
            agreed,
            old_head,
        } = self;
        format!(
            "{origin}/origin\n{number}\n{continued}\n{}\n{}\n{}\n{}\n",
            agreed.size,
            BASE64_STANDARD.encode(agreed.root),
            old_head.size,
            BASE64_STANDARD.encode(old_head.root)
        )
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let restart = Self {
            origin: lines.next()?.strip_suffix("/origin")?.to_owned(),
            number: lines.next()?.parse().ok()?,
            continued: lines.next()?.to_owned(),
            agreed: read_head(lines.next()?, lines.next()?)?,
            old_head: read_head(lines.next()?, lines.next()?)?,
        };
        (lines.next().is_none() && restart.to_text() == text).then_some(restart)
    }
}

fn read_head(size: &str, root: &str) -> Option<TreeHead> {
    Some(TreeHead {
        size: size.parse().ok()?,
        root: BASE64_STANDARD.decode(root).ok()?.try_into().ok()?,
    })
}

type OriginRow = (
    i32,
    String,
    DateTime<Utc>,
    Option<i64>,
    Option<Vec<u8>>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

const ORIGINS: &str = "SELECT number, origin, begun_at, agreed_size, agreed_root, old_size, old_head, statement, \
     reason, lag(origin) OVER (ORDER BY number) FROM log_origins";

impl Origin {
    fn from_row(row: OriginRow) -> Self {
        let (number, name, begun_at, size, root, old_size, old_head, statement, reason, before) = row;
        let root: Option<TreeHash> = root.and_then(|root| root.try_into().ok());
        let continues = || {
            Some(Continued {
                name: before?,
                agreed: TreeHead {
                    size: size?.unsigned_abs(),
                    root: root?,
                },
                old_size: old_size?.unsigned_abs(),
                old_head: old_head?,
                statement: statement?,
                reason: reason?,
            })
        };
        Self {
            number,
            name,
            begun_at,
            continues: continues(),
        }
    }
}

/// The origin that the log signs under.
pub(super) async fn current(executor: impl sqlx::PgExecutor<'_>) -> Result<Origin, sqlx::Error> {
    let query = format!("{ORIGINS} ORDER BY number DESC LIMIT 1");
    let row = sqlx::query_as(&query).fetch_one(executor).await?;
    Ok(Origin::from_row(row))
}

/// Why the log does not go on under a new origin.
#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The signing key could not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The old head is not one of this log, or not signed by a key of it that is known.
    #[error("the old head is not one of this log, signed by a key of it that is known")]
    OldHead(#[from] InvalidNote),
    /// Nothing is signed yet, so nothing was cut off.
    #[error("nothing of the log is signed yet")]
    NothingSigned,
    /// The log does not begin with the old head, which it is long enough for: it was not put back, but rewritten.
    #[error(
        "the first {0} events of the log are not those of the old head: it was not put back, but rewritten"
    )]
    Rewritten(u64),
    /// The reason is empty or too long.
    #[error("a reason has 1 to {MAX_REASON_CHARS} characters")]
    Reason,
}

/// How the log goes on under a new origin.
pub struct NewOrigin<'a> {
    /// The name.
    pub name: &'a str,
    /// The newest head of the present origin that anybody knows, as it was signed.
    pub old_head: &'a str,
    /// What the old head is verified with beside the keys that the log knows.
    pub more_keys: &'a [String],
    /// Why, in the operator's words.
    pub reason: &'a str,
}

impl Tree {
    /// All origins, the first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn origins(&self) -> Result<Vec<Origin>, TreeError> {
        let query = format!("{ORIGINS} ORDER BY number LIMIT $1");
        let rows: Vec<OriginRow> = sqlx::query_as(&query)
            .bind(MAX_ORIGINS)
            .fetch_all(self.pool())
            .await?;
        Ok(rows.into_iter().map(Origin::from_row).collect())
    }

    /// Lets the log go on under a new origin, from its last signed head, which is signed anew.
    ///
    /// # Errors
    /// [`RestartError`]; nothing has changed then.
    pub async fn restart(
        &self,
        keys: &LogKeys,
        new: &NewOrigin<'_>,
        now: DateTime<Utc>,
    ) -> Result<Restart, RestartError> {
        if !(1..=MAX_REASON_CHARS).contains(&new.reason.trim().chars().count()) {
            return Err(RestartError::Reason);
        }
        let mut transaction = self.pool().begin().await?;
        lock_sealing(&mut transaction).await?;
        let before = current(&mut *transaction).await?;
        let agreed = self.latest().await?.ok_or(RestartError::NothingSigned)?.head;
        let old_head = self.old_head(keys, &before, new).await?;
        if old_head.size <= agreed.size {
            let proof = self.consistency(old_head.size, agreed).await?;
            verify_consistency(&proof, old_head, agreed)
                .map_err(|_| RestartError::Rewritten(old_head.size))?;
        }
        let restart = Restart {
            origin: new.name.to_owned(),
            number: before.number + 1,
            continued: before.name.clone(),
            agreed,
            old_head,
        };
        store(&mut transaction, keys, &restart, new, now).await?;
        transaction.commit().await?;
        Ok(restart)
    }

    async fn old_head(
        &self,
        keys: &LogKeys,
        before: &Origin,
        new: &NewOrigin<'_>,
    ) -> Result<TreeHead, RestartError> {
        let mut known = keys.vouched_verifiers(std::slice::from_ref(before)).await?;
        known.extend_from_slice(new.more_keys);
        let head = HeadVerifier::across(&before.name, &known)?.checkpoint(new.old_head)?;
        let of_this = new.old_head.lines().next() == Some(&before.name);
        if of_this {
            Ok(head)
        } else {
            Err(InvalidNote.into())
        }
    }
}

/// Writes down the origin, and its first signed head.
async fn store(
    connection: &mut PgConnection,
    keys: &LogKeys,
    restart: &Restart,
    new: &NewOrigin<'_>,
    now: DateTime<Utc>,
) -> Result<(), RestartError> {
    let own = keys.signer_for(connection, &restart.origin).await?;
    let former = keys.signer_for(connection, &restart.continued).await?;
    let mut statement = own.restart(restart)?;
    statement.push_str(&former.line(&statement)?);
    sqlx::query(
        "INSERT INTO log_origins (number, origin, begun_at, agreed_size, agreed_root, old_size, old_head, statement, \
         reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(restart.number)
    .bind(&restart.origin)
    .bind(now)
    .bind(restart.agreed.size.cast_signed())
    .bind(restart.agreed.root.as_slice())
    .bind(restart.old_head.size.cast_signed())
    .bind(new.old_head)
    .bind(statement)
    .bind(new.reason.trim())
    .execute(&mut *connection)
    .await?;
    let signer = keys.signer(connection).await?;
    sqlx::query(
        "INSERT INTO log_checkpoints (size, root, note, signed_at, origin) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(restart.agreed.size.cast_signed())
    .bind(restart.agreed.root.as_slice())
    .bind(signer.checkpoint(restart.agreed)?)
    .bind(now)
    .bind(restart.number)
    .execute(&mut *connection)
    .await?;
    keys.hand_over(connection, &signer, restart.agreed.size, None)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_read_as_it_was_written_and_nothing_else_is() {
        let restart = Restart {
            origin: "example.com/new".into(),
            number: 2,
            continued: "example.com/old".into(),
            agreed: TreeHead {
                size: 5,
                root: [1; 32],
            },
            old_head: TreeHead {
                size: 9,
                root: [2; 32],
            },
        };
        let text = restart.to_text();
        assert_eq!(Restart::from_text(&text), Some(restart.clone()));
        assert_eq!(restart.lost(), 4);
        for other in [
            "",
            &text[1..text.len() - 1],
            &format!("{text}more\n"),
            &text.replace("\n5\n", "\n05\n"),
        ] {
            assert_eq!(Restart::from_text(other), None, "{other}");
        }
    }
}
