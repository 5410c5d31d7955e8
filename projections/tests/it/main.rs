//! Projections on a real Postgres: `DATABASE_URL` names a server on which every test makes a database of its own.

mod batches;
mod isolation;
mod leader;
mod poison;
mod progress;
mod rebuild;
mod rows;

mod story;
mod support;
