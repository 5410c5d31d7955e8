//! Black-box tests of the real server over HTTP, and the check of the stack of crates.

mod accesses;
mod architecture;
mod audit;
mod auth;
mod batches;
mod contention;
mod crash;
mod dataset_input;
mod datasets;
mod idempotency;
mod isolation;
mod kafka;
mod openapi;
mod pages;
mod rebuild;
mod records;
mod secrecy;
mod seed;
mod streams;
mod time_travel;
mod transparency;
mod users;
mod visibility;
mod witnesses;
