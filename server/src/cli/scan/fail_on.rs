//! What makes a scan fail.

use std::str::FromStr;

use vault_domain::Sensitivity;
use vault_privacy::EntityType;

use super::finding::Finding;

/// What makes a scan fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailOn {
    /// Any finding.
    Any,
    /// Nothing that is found.
    Never,
    /// A finding that opens a system: a key, a token.
    Secrets,
    /// A finding that does at least so much harm.
    Sensitivity(Sensitivity),
    /// A finding of this type.
    Type(EntityType),
    /// A finding of a type of the caller's own.
    Custom(String),
}

impl FailOn {
    pub(super) fn is_met_by(&self, finding: &Finding) -> bool {
        match self {
            Self::Any => true,
            Self::Never => false,
            Self::Secrets => finding.kind.entity_type.is_secret(),
            Self::Sensitivity(least) => finding.kind.sensitivity >= *least,
            Self::Type(kind) => finding.kind.entity_type == *kind,
            Self::Custom(name) => finding.kind.custom.as_deref() == Some(name),
        }
    }
}

impl FromStr for FailOn {
    type Err = String;

    /// A name that is none of the vault's own types is one of the caller's; whether it is, is seen later.
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "any" => Self::Any,
            "never" => Self::Never,
            "secrets" => Self::Secrets,
            "low" => Self::Sensitivity(Sensitivity::Low),
            "medium" => Self::Sensitivity(Sensitivity::Medium),
            "high" => Self::Sensitivity(Sensitivity::High),
            "critical" => Self::Sensitivity(Sensitivity::Critical),
            name => name
                .parse()
                .map_or_else(|_| Self::Custom(name.to_owned()), Self::Type),
        })
    }
}
