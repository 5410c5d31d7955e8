//! Tiers and who has which.

use super::Case;

#[test]
fn tiers_are_named_once_and_tenants_have_one_that_there_is() {
    let tiers = r#"[{ name = "free", requests = 5, period_s = 1 }]"#;
    let twice =
        r#"[{ name = "free", requests = 5, period_s = 1 }, { name = "free", requests = 6, period_s = 1 }]"#;
    let none = r#"[{ name = "free", requests = 0, period_s = 1 }]"#;
    let of = |tiers: &str, default: &str| {
        Case::new()
            .variable("VAULT_LIMITS_TIERS", tiers)
            .variable("VAULT_LIMITS_DEFAULT_TIER", default)
            .load()
    };
    assert!(of(tiers, "free").is_ok() && of(tiers, "").is_ok());
    assert!(of(none, "").is_err(), "a tier that allows nothing");
    let refusal = of(tiers, "gold").unwrap_err().to_string();
    assert_eq!(refusal, "limits: there is no tier gold");
    let refusal = of(twice, "").unwrap_err().to_string();
    assert_eq!(refusal, "limits.tiers: free stands there twice");
    let tenant = r#"{ tenant = "01920000-0000-7000-8000-000000000001", tier = "free" }"#;
    let refusal = Case::new()
        .variable("VAULT_LIMITS_TIERS", tiers)
        .variable("VAULT_LIMITS_TENANTS", &format!("[{tenant}, {tenant}]"))
        .load()
        .unwrap_err()
        .to_string();
    assert!(refusal.starts_with("limits.tenants: 01920000"), "{refusal}");
}
