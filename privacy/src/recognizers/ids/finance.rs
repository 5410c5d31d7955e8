//! Numbers on payment cards that are not the card's own.

use vault_domain::EntityType::Cvv;

use super::{IdRule, unchecked};
use crate::confidence::Strength::Hint;

pub(super) const RULES: &[IdRule] = &[IdRule::new(
    Cvv,
    &[("9{3,4}", Hint)],
    unchecked,
    &[
        "cvv",
        "cvc",
        "cvv2",
        "cvc2",
        "cv2",
        "csc",
        "card verification",
        "security code",
        "card security code",
        "verification code",
        "kartenprüfnummer",
        "cid",
    ],
)
.labelled()];
