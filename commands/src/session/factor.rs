//! What a user gives beside the password.

use vault_access::{RecoveryCode, TotpSecret};
use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{
    Aggregate, Operation, TenantId, UserId, field,
    session::SecondFactor,
    totp::{Totp, TotpCommand},
};
use vault_event_store::{AppendError, SecondFactorRow, StreamId};

use crate::{
    dataset::encode,
    error::CommandError,
    request::{Request, context},
    vault::Vault,
};

/// Somebody who proves to be a user who has a second factor.
pub(crate) struct Proof<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) request: &'a Request,
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
}

impl Proof<'_> {
    /// The user's second factor, if codes are asked for.
    pub(crate) async fn factor(&self) -> Result<Option<SecondFactorRow>, CommandError> {
        let (tenant, user) = (self.tenant.as_uuid(), self.user.as_uuid());
        let row = self.vault.accounts.second_factor(tenant, user).await;
        Ok(row
            .map_err(CommandError::accounts)?
            .filter(|row| row.confirmed_at.is_some()))
    }

    /// Takes a code of the app or a recovery code, each once on all nodes; `None` for a wrong one.
    pub(crate) async fn take(
        &self,
        row: &SecondFactorRow,
        code: &str,
    ) -> Result<Option<SecondFactor>, CommandError> {
        match RecoveryCode::parse(code) {
            Some(code) => self.take_recovery_code(&code).await,
            None => self.take_step(row, code).await,
        }
    }

    /// Takes a code of the app.
    pub(crate) async fn take_step(
        &self,
        row: &SecondFactorRow,
        code: &str,
    ) -> Result<Option<SecondFactor>, CommandError> {
        let secret = self.open(row).await?;
        let Some(step) = secret.step(code.trim(), self.vault.clock.now()) else {
            return Ok(None);
        };
        let (tenant, user) = (self.tenant.as_uuid(), self.user.as_uuid());
        let taken = self.vault.accounts.take_step(tenant, user, step).await;
        Ok(taken
            .map_err(CommandError::accounts)?
            .then_some(SecondFactor::Totp))
    }

    async fn open(&self, row: &SecondFactorRow) -> Result<TotpSecret, CommandError> {
        let sealed = row.secret.as_deref().ok_or(CommandError::MfaNotEnrolled)?;
        let keys = &self.vault.keys;
        let key = keys.data_key(self.tenant, envelope::key_id(sealed)?).await?;
        let opened = key.open(&secret_context(self.tenant, self.user), sealed)?;
        let secret = opened.as_slice().try_into();
        let secret: &[u8; 20] = secret.map_err(|error| CommandError::Internal(Box::new(error)))?;
        // nobody is shown this one: any name will do
        Ok(TotpSecret::new(secret, "user")?)
    }

    async fn take_recovery_code(&self, code: &RecoveryCode) -> Result<Option<SecondFactor>, CommandError> {
        let vault = self.vault;
        // the stream is read before the row: whoever uses a code meanwhile makes this append a conflict
        let loaded = vault.store.load::<Totp>(self.tenant, self.user.as_uuid()).await?;
        let hash = code.hash(self.user);
        let holds = |row: &SecondFactorRow| row.recovery_codes.iter().any(|stored| *stored == hash);
        let Some(row) = self.factor().await?.filter(holds) else {
            return Ok(None);
        };
        let now = vault.clock.now();
        let decided = loaded
            .aggregate
            .decide(TotpCommand::UseRecoveryCode, &context(now));
        let Ok(events) = decided else { return Ok(None) };
        let metadata = self.request.metadata_of(self.tenant, self.user, Operation::Login);
        let mut append = encode(vault, stream(self.user), loaded.sequence, &metadata, &events)?;
        let mut left = row.recovery_codes.clone();
        left.retain(|stored| *stored != hash);
        append.rows.second_factors.push(SecondFactorRow {
            recovery_codes: left,
            ..row
        });
        match vault.appender.append(append).await {
            Ok(_) => Ok(Some(SecondFactor::RecoveryCode)),
            // the same code, or another, was used at the same moment
            Err(AppendError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

pub(crate) const fn stream(user: UserId) -> StreamId {
    StreamId {
        aggregate_type: Totp::TYPE,
        aggregate_id: user.as_uuid(),
    }
}

pub(crate) const fn secret_context(tenant: TenantId, user: UserId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::User(user),
        label: Label::Field(field::TOTP_SECRET),
    }
}
