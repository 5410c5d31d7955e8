//! Scans of whole folders.
