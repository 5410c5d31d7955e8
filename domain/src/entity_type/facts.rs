//! What is to be known about an entity type beside its name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What sort of thing an entity type tells about a person or a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityCategory {
    /// Reaches a person: an email address, a phone number.
    Contact,
    /// Describes a person: a name, a date of birth.
    Personal,
    /// Says where a person is or was.
    Location,
    /// Identifies a person to a government.
    GovernmentId,
    /// Identifies an organization, which may be one person's business.
    Organization,
    /// Identifies a patient, or one who treats patients.
    Health,
    /// Identifies an account that money moves through.
    Financial,
    /// Identifies a vehicle, and by it its keeper.
    Vehicle,
    /// Identifies a device, or a place on a network.
    Network,
    /// Opens a system: a key, a token, a certificate's private half.
    Secret,
    /// What a tenant has described itself.
    Custom,
}

/// How much harm the disclosure of an entity does, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Often public; harmful only together with other facts.
    Low,
    /// Lets a stranger recognize or approach a person.
    Medium,
    /// Lets a stranger impersonate a person, or move money.
    High,
    /// Opens an account or a system by itself.
    Critical,
}

/// A law or standard that names such data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Regulation {
    /// The General Data Protection Regulation of the European Union, and its British twin.
    #[serde(rename = "GDPR")]
    Gdpr,
    /// The California Consumer Privacy Act.
    #[serde(rename = "CCPA")]
    Ccpa,
    /// The Health Insurance Portability and Accountability Act: an identifier that its Safe Harbor method removes.
    #[serde(rename = "HIPAA")]
    Hipaa,
    /// The Payment Card Industry's Data Security Standard.
    #[serde(rename = "PCI")]
    Pci,
}

impl EntityCategory {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Personal => "personal",
            Self::Location => "location",
            Self::GovernmentId => "government_id",
            Self::Organization => "organization",
            Self::Health => "health",
            Self::Financial => "financial",
            Self::Vehicle => "vehicle",
            Self::Network => "network",
            Self::Secret => "secret",
            Self::Custom => "custom",
        }
    }
}

impl Sensitivity {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Regulation {
    /// The name that everybody knows it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gdpr => "GDPR",
            Self::Ccpa => "CCPA",
            Self::Hipaa => "HIPAA",
            Self::Pci => "PCI",
        }
    }
}

impl fmt::Display for EntityCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Sensitivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Regulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
