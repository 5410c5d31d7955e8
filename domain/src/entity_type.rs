//! The kinds of personal data and secrets that the vault finds.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What sort of thing an entity type tells about a person or a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityCategory {
    /// Reaches a person: an email address, a phone number.
    Contact,
    /// Describes a person: a date of birth.
    Personal,
    /// Identifies a person to a government.
    GovernmentId,
    /// Identifies an account that money moves through.
    Financial,
    /// Identifies a device, or a place on a network.
    Network,
    /// Opens a system: a key, a token, a certificate's private half.
    Secret,
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

/// A text that names no entity type stood where one was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an entity type")]
pub struct UnknownEntityType;

macro_rules! entity_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $category:ident, $sensitivity:ident;)+) => {
        /// A kind of personal data or secret; its names are stable.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum EntityType {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl EntityType {
            /// Every entity type, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name, as it stands in events, JSON and policies.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What sort of thing it is.
            #[must_use]
            pub const fn category(self) -> EntityCategory {
                match self {
                    $(Self::$variant => EntityCategory::$category,)+
                }
            }

            /// Whether it opens a system, so that even its punctuation must not be shown.
            #[must_use]
            pub const fn is_secret(self) -> bool {
                matches!(self.category(), EntityCategory::Secret)
            }

            /// How much harm its disclosure does.
            #[must_use]
            pub const fn sensitivity(self) -> Sensitivity {
                match self {
                    $(Self::$variant => Sensitivity::$sensitivity,)+
                }
            }
        }
    };
}

entity_types! {
    /// An email address.
    Email = "email", Contact, Medium;
    /// A phone number.
    Phone = "phone", Contact, Medium;
    /// A social security number of the United States.
    UsSsn = "us_ssn", GovernmentId, High;
    /// The number of a payment card.
    CreditCard = "credit_card", Financial, High;
    /// An international bank account number.
    Iban = "iban", Financial, High;
    /// An IPv4 or IPv6 address.
    IpAddress = "ip_address", Network, Low;
    /// The hardware address of a network interface.
    MacAddress = "mac_address", Network, Low;
    /// A web address.
    Url = "url", Network, Low;
    /// The day on which a person was born.
    DateOfBirth = "date_of_birth", Personal, Medium;
    /// The number of a United States passport.
    UsPassport = "us_passport", GovernmentId, High;
    /// The id of an AWS access key.
    AwsAccessKey = "aws_access_key", Secret, High;
    /// The secret half of an AWS access key.
    AwsSecretKey = "aws_secret_key", Secret, Critical;
    /// A GitHub token.
    GithubToken = "github_token", Secret, Critical;
    /// A GitLab token.
    GitlabToken = "gitlab_token", Secret, Critical;
    /// A Slack token or webhook.
    SlackToken = "slack_token", Secret, Critical;
    /// A secret key of Stripe.
    StripeKey = "stripe_key", Secret, Critical;
    /// An `OpenAI` API key.
    OpenaiKey = "openai_key", Secret, Critical;
    /// An Anthropic API key.
    AnthropicKey = "anthropic_key", Secret, Critical;
    /// A Hugging Face token.
    HuggingfaceToken = "huggingface_token", Secret, Critical;
    /// A Google API key.
    GoogleApiKey = "google_api_key", Secret, High;
    /// A `SendGrid` API key.
    SendgridKey = "sendgrid_key", Secret, Critical;
    /// A Twilio API key or account id.
    TwilioKey = "twilio_key", Secret, High;
    /// An npm access token.
    NpmToken = "npm_token", Secret, Critical;
    /// A `PyPI` upload token.
    PypiToken = "pypi_token", Secret, Critical;
    /// The token of a Telegram bot.
    TelegramToken = "telegram_token", Secret, Critical;
    /// A JSON Web Token.
    Jwt = "jwt", Secret, High;
    /// A private key in PEM, OpenSSH or PGP armor.
    PrivateKey = "private_key", Secret, Critical;
}

impl fmt::Display for EntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntityType {
    type Err = UnknownEntityType;

    fn from_str(text: &str) -> Result<Self, UnknownEntityType> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownEntityType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_name_in_every_form() {
        for kind in EntityType::ALL {
            let json = serde_json::to_string(kind).unwrap_or_default();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<EntityType>(&json).ok(), Some(*kind));
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn names_are_unique_and_snake_case() {
        let mut names: Vec<_> = EntityType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EntityType::ALL.len());
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert_eq!("Email".parse::<EntityType>(), Err(UnknownEntityType));
        assert_eq!("".parse::<EntityType>(), Err(UnknownEntityType));
        assert!(serde_json::from_str::<EntityType>("\"person_name\"").is_err());
    }

    #[test]
    fn every_secret_is_at_least_highly_sensitive() {
        for kind in EntityType::ALL
            .iter()
            .filter(|kind| kind.category() == EntityCategory::Secret)
        {
            assert!(kind.sensitivity() >= Sensitivity::High, "{kind}");
        }
    }
}
