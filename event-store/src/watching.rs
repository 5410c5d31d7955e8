//! The connections of those who watch what others change.

use std::sync::{PoisonError, RwLock};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// How many of them ask at the same time.
const CONNECTIONS: u32 = 3;

/// A few connections that are given up together once one of them does not answer: each may be one to a machine that
/// vanished, and the pool would wait for it.
#[derive(Debug)]
pub(crate) struct Watching {
    options: PgConnectOptions,
    pool: RwLock<PgPool>,
}

impl Watching {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        let pool = RwLock::new(open(&options));
        Self { options, pool }
    }

    pub(crate) fn pool(&self) -> PgPool {
        self.pool.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens others in their place.
    pub(crate) fn open_afresh(&self) {
        *self.pool.write().unwrap_or_else(PoisonError::into_inner) = open(&self.options);
    }
}

fn open(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone())
}
