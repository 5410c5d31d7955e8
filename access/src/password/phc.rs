//! Stored password hashes.

use std::{fmt, str::FromStr};

use argon2::{Algorithm, Params, Version, password_hash::phc::PasswordHash};

/// What a stored hash may cost to check: a damaged row must not be able to take the memory of the process.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 4;

/// An Argon2id hash in PHC form: `$argon2id$v=19$m=...,t=...,p=...$salt$hash`.
#[derive(Clone, PartialEq, Eq)]
pub struct PhcHash(PasswordHash);

/// The text is no hash that this service can check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Argon2id hash with acceptable costs")]
pub struct UnusableHash;

impl PhcHash {
    pub(super) const fn from_parsed(hash: PasswordHash) -> Self {
        Self(hash)
    }

    pub(super) const fn parsed(&self) -> &PasswordHash {
        &self.0
    }

    /// Whether the hash was made with these costs.
    pub(super) fn costs_are(&self, params: &Params) -> bool {
        Params::try_from(&self.0).is_ok_and(|ours| {
            (ours.m_cost(), ours.t_cost(), ours.p_cost())
                == (params.m_cost(), params.t_cost(), params.p_cost())
        })
    }
}

impl FromStr for PhcHash {
    type Err = UnusableHash;

    fn from_str(text: &str) -> Result<Self, UnusableHash> {
        let hash = PasswordHash::new(text).map_err(|_| UnusableHash)?;
        let params = Params::try_from(&hash).map_err(|_| UnusableHash)?;
        let usable = hash.algorithm == Algorithm::Argon2id.ident()
            && hash.version == Some(Version::V0x13.into())
            && hash.salt.is_some()
            && hash.hash.is_some()
            && params.m_cost() <= MAX_MEMORY_KIB
            && params.t_cost() <= MAX_PASSES
            && params.p_cost() <= MAX_LANES;
        if usable { Ok(Self(hash)) } else { Err(UnusableHash) }
    }
}

impl fmt::Display for PhcHash {
    /// The PHC form, for SQL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PhcHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhcHash([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_hash_comes_back_from_its_text_and_debug_hides_it() {
        let hash: PhcHash = GOOD.parse().expect("is usable");
        assert_eq!(hash.to_string(), GOOD);
        assert_eq!(format!("{hash:?}"), "PhcHash([redacted])");
    }

    #[test]
    fn other_algorithms_missing_parts_and_ruinous_costs_are_refused() {
        for bad in [
            "",
            "$",
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA",
            &GOOD.replace("argon2id", "argon2i"),
            &GOOD.replace("argon2id", "scrypt"),
            &GOOD.replace("v=19", "v=16"),
            &GOOD.replace("m=19456", "m=4000000"),
            &GOOD.replace("t=2", "t=1000"),
            &GOOD.replace("p=1", "p=16"),
        ] {
            assert_eq!(bad.parse::<PhcHash>(), Err(UnusableHash), "{bad}");
        }
    }
}
