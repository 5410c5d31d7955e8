//! What development begins with: the tenant `demo` and its two accounts.

use anyhow::Context;
use uuid::Uuid;
use vault_access::Password;
use vault_commands::{
    CommandError,
    tenant::create_tenant,
    user::{Email, register_as_operator},
};
use vault_domain::{Role, TenantId};

use crate::parts::Parts;

/// The development accounts. Their passwords are known to everybody: development alone has them.
const ACCOUNTS: [(&str, &str, Role); 2] = [
    ("admin@example.com", "admin123", Role::Admin),
    ("test@example.com", "password123", Role::DataScientist),
];

/// The tenant `demo`, the same in every development vault.
const DEMO: TenantId = TenantId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0de0));

/// Makes the tenant and the accounts that are missing.
///
/// # Errors
/// When the log cannot take them.
pub(crate) async fn seed(parts: &Parts) -> anyhow::Result<()> {
    let known = parts
        .vault
        .store
        .load::<vault_domain::tenant::Tenant>(DEMO, DEMO.as_uuid())
        .await?;
    if known.sequence == 0 {
        create_tenant(&parts.vault, DEMO)
            .await
            .context("the tenant demo cannot be made")?;
    }
    for (email, password, role) in ACCOUNTS {
        let password = Password::new(password.to_owned())?;
        match register_as_operator(&parts.vault, DEMO, &Email::parse(email)?, &password, &[role]).await {
            Ok(_) | Err(CommandError::EmailTaken) => {}
            Err(error) => return Err(error).with_context(|| format!("the account {email} cannot be made")),
        }
    }
    Ok(())
}
