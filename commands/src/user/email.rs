//! The address that a user logs in with.

use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{
    Aggregate, TenantId, UserId, field,
    user::{User, UserEvent},
};

use crate::{error::CommandError, vault::Vault};

/// The longest email, in bytes (RFC 5321).
pub const MAX_EMAIL_BYTES: usize = 254;

/// What can be an email. Whether mail reaches it, only mail can tell.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// The text is no email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no email of at most {MAX_EMAIL_BYTES} bytes")]
pub struct InvalidEmail;

impl Email {
    /// Reads one, in whichever case.
    ///
    /// # Errors
    /// [`InvalidEmail`].
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let has_sides = text
            .rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        let is_plain = !text
            .chars()
            .any(|character| character.is_whitespace() || character.is_control());
        let email = normalize(text);
        if has_sides && is_plain && email.len() <= MAX_EMAIL_BYTES {
            Ok(Self(email))
        } else {
            Err(InvalidEmail)
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email([redacted])")
    }
}

/// The one spelling under which an email is hashed.
pub(crate) fn normalize(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) const fn context(tenant: TenantId, user: UserId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::User(user),
        label: Label::Field(field::USER_EMAIL),
    }
}

/// The email of a user: from its row, or from the event when the row is from before rows had it.
pub(crate) async fn open(
    vault: &Vault,
    tenant: TenantId,
    user: UserId,
    sealed: Option<&[u8]>,
) -> Result<String, CommandError> {
    let sealed = match sealed {
        Some(sealed) => sealed.to_vec(),
        None => registered(vault, tenant, user).await?,
    };
    let key = vault.keys.data_key(tenant, envelope::key_id(&sealed)?).await?;
    let opened = key.open(&context(tenant, user), &sealed)?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}

/// The envelope of the email that a user was registered with.
pub(super) async fn registered(
    vault: &Vault,
    tenant: TenantId,
    user: UserId,
) -> Result<Vec<u8>, CommandError> {
    let events = vault.store.stream(tenant, User::TYPE, user.as_uuid(), 0).await?;
    let first = events.first().ok_or(CommandError::UserNotFound)?;
    match first.decode::<UserEvent>()? {
        UserEvent::Registered(registered) => Ok(registered.email.sealed.envelope().to_vec()),
        _ => Err(CommandError::UserNotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_two_sides_and_no_blanks() {
        for good in ["a@b", "ana+test@example.com", "\"odd@local\"@example.com"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(250));
        let bad = [
            "",
            "ana",
            "@example.com",
            "ana@",
            "ana @example.com",
            "ana@example.com\n",
            "a@\u{7}b",
            &long,
        ];
        for bad in bad {
            assert_eq!(Email::parse(bad).err(), Some(InvalidEmail), "{bad:?}");
        }
    }

    #[test]
    fn the_case_of_its_letters_makes_no_other_email() {
        assert_eq!(Email::parse("Ana@Example.COM"), Email::parse("ana@example.com"));
    }
}
