//! What has to run in a process of its own.

mod logging;
