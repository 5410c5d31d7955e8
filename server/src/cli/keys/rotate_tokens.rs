//! `vault-server keys rotate-tokens`

use serde_json::json;

use super::{Report, RotateTokensArgs};
use crate::{parts::Parts, token_keys::EarlierTokens};

pub(super) async fn rotate_tokens(parts: &Parts, args: &RotateTokensArgs) -> anyhow::Result<Report> {
    let (earlier, fate) = if args.refuse_earlier {
        (
            EarlierTokens::Refused,
            "Tokens of earlier keys are refused within a second or two.",
        )
    } else {
        (
            EarlierTokens::Expire,
            "Tokens of earlier keys are good until they expire.",
        )
    };
    let key = parts.token_keys.rotate_now(earlier).await?;
    Ok(Report {
        text: format!("Key {key} signs access tokens in some seconds. {fate}"),
        json: json!({ "id": key, "earlier_are_refused": args.refuse_earlier }),
    })
}
