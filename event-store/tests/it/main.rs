//! The log on a real Postgres: `DATABASE_URL` names a server on which every test makes a database of its own.

mod append;
mod append_only;
mod archive;

mod broken;
mod condemned;
mod counter;
mod cqrs;
mod hashes;
mod head;
mod isolation;
mod keys;
mod migrating;
mod origins;
mod processes;
mod proxy;
mod refusals;
mod replay;
mod seeds;
mod side_rows;
mod snapshots;
mod support;
mod tamper;
mod tree;
