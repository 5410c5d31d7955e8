//! What holds for any bytes: the laws that the fuzz targets try, and that the tests of `vault-privacy` hold seeds and corpora
//! against where there is no fuzzer.

mod laws;

pub use laws::{anonymize, custom, detect, json};
