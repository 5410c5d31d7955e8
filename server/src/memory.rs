//! Keys and plaintext stay out of swap and core dumps, where the system allows it.

use rustix::{
    mm::{MlockAllFlags, mlockall},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

/// Locks what the process has and will have in memory, as far as it is used, and dumps no core.
///
/// Only where any amount may be locked: under a limit, allocations would begin to fail when it is reached.
pub(crate) fn protect() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(error = %error, "core dumps are not switched off");
    }
    if getrlimit(Resource::Memlock).current.is_some() {
        tracing::info!("memory may be swapped: RLIMIT_MEMLOCK is limited");
        return;
    }
    match mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT) {
        Ok(()) => tracing::info!("memory is locked"),
        Err(error) => tracing::warn!(error = %error, "memory may be swapped: it cannot be locked"),
    }
}
