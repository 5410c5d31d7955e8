use proptest::prelude::*;

use super::{Case, STRONG, production, replaced};

#[test]
fn secret_comes_from_a_file_without_its_last_line_break() {
    let case = Case::new().file("secret", "hunter2 \r\n");
    let path = case.path("secret");
    for name in [
        "VAULT_AUTH_JWT_SECRET_FILE",
        "VAULT__AUTH__JWT_SECRET_FILE",
        "VAULT__JWT_SECRET_FILE",
    ] {
        let case = Case::new().variable(name, &path);
        assert_eq!(
            case.load().unwrap().auth.jwt_secret.unwrap().expose(),
            "hunter2 ",
            "{name}"
        );
    }
    let case = Case::new()
        .file("secret", "from beside\n")
        .file("vault.toml", "[auth]\njwt_secret_file = \"secret\"\n");
    assert_eq!(
        case.load().unwrap().auth.jwt_secret.unwrap().expose(),
        "from beside"
    );
    // A later source wins over a file in an earlier one.
    let case = case.variable("VAULT_AUTH_JWT_SECRET", "from the environment");
    assert_eq!(
        case.load().unwrap().auth.jwt_secret.unwrap().expose(),
        "from the environment"
    );
}

#[test]
fn secret_file_that_is_missing_empty_or_beside_a_secret_in_clear_is_named() {
    let refusal = Case::new()
        .variable("VAULT_DATABASE_URL_FILE", "/no/such/file")
        .refusal();
    assert!(
        refusal.contains("VAULT_DATABASE_URL_FILE") && refusal.contains("/no/such/file"),
        "{refusal}"
    );

    let case = Case::new()
        .file("secret", "\n")
        .file("vault.toml", "[auth]\njwt_secret_file = \"secret\"\n");
    let refusal = case.refusal();
    assert!(
        refusal.contains("auth.jwt_secret_file") && refusal.contains("empty"),
        "{refusal}"
    );

    let case = Case::new().file("secret", "one").file(
        "vault.toml",
        "[auth]\njwt_secret = \"two\"\njwt_secret_file = \"secret\"\n",
    );
    let refusal = case.refusal();
    assert!(refusal.contains("auth.jwt_secret_file"), "{refusal}");

    let case = Case::new().file("secret", "one");
    let path = case.path("secret");
    let case = case
        .variable("VAULT_AUTH_JWT_SECRET", "two")
        .variable("VAULT_AUTH_JWT_SECRET_FILE", &path);
    assert!(case.refusal().contains("VAULT_AUTH_JWT_SECRET_FILE"));

    // What is no secret has no file form.
    let refusal = Case::new()
        .file("vault.toml", "[log]\nlevel_file = \"x\"\n")
        .refusal();
    assert!(refusal.contains("level_file"), "{refusal}");
}

#[test]
fn no_message_and_no_debug_output_shows_a_secret() {
    let config = production().load().unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains(STRONG) && !shown.contains("kT9-vQ"), "{shown}");
    assert!(shown.contains("[redacted]"));

    for text in [
        "[auth]\njwt_secret = 31337313373133731337\n",
        "[auth]\njwt_secret = 31337\n",
        "[auth]\njwt_secret = 31337.25\n",
        "[auth]\njwt_secret = [\"31337\"]\n",
        "[auth]\njwt_secret = { is = \"31337\" }\n",
        "[auth]\njwt_secret = \"31337\n",
        "[auth]\njwt_secret = 31337 31337\n",
        "[auth]\njwt_secret = s31337\n",
    ] {
        let refusal = Case::new().file("vault.toml", text).refusal();
        assert!(!refusal.contains("31337"), "{text}: {refusal}");
        assert!(refusal.contains("vault.toml"), "{text}: {refusal}");
    }
    let refusal = replaced(production(), "VAULT_AUTH_JWT_SECRET", "hunter2").refusal();
    assert!(!refusal.contains("hunter2"), "{refusal}");
}

proptest! {
    #[test]
    fn any_text_as_a_file_is_read_or_refused_without_panic(text in "\\PC{0,200}|(\\[[a-z]{1,8}\\]\n[a-z_]{1,9} = [0-9\"\\[{]{0,9}\n){0,3}") {
        let _ = Case::new().file("vault.toml", &text).load();
    }

    #[test]
    fn any_secret_survives_the_environment_unchanged(secret in "[^\\x00]{1,80}") {
        let config = Case::new().variable("VAULT__JWT_SECRET", &secret).load().unwrap();
        let read = config.auth.jwt_secret.unwrap();
        prop_assert_eq!(read.expose(), secret);
    }

    #[test]
    fn any_secret_survives_a_file_except_for_line_breaks_at_its_end(secret in "[^\\x00\r\n]{1,80}", end in "[\r\n]{0,3}") {
        let case = Case::new().file("secret", &format!("{secret}{end}"));
        let path = case.path("secret");
        let config = case.variable("VAULT_DATABASE_URL_FILE", &path).load().unwrap();
        let read = config.database.url.unwrap();
        prop_assert_eq!(read.expose(), secret);
    }
}
