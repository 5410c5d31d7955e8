//! Holds the catalogue against its documents.
//!
//! `VAULT_BLESS=1 cargo test -p vault-domain error_code` writes `docs/api/ERRORS.md` anew.

use std::fmt::Write as _;

use super::ErrorCode;

const CSV: &str = include_str!("../../../docs/api/error-codes.csv");
const PAGE_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api/ERRORS.md");

const INTRODUCTION: &str = "\
# Errors

Every refusal and failure is an `application/problem+json` document (RFC 9457) with one of these codes in `code`.
Its `type` is `urn:vault:error:` and the code. Faults (5xx) say nothing of their cause; quote `instance` to have it
looked up.

A problem carries the status below, with these exceptions:

| code | status | when |
|---|---|---|
| `VAULT_AUTHZ_2008` | 409 | the dataset is archived |
| `VAULT_DATA_4009` | 422 | an `Idempotency-Key` is used again with another body |
| `VAULT_DATA_4010` | 412 | `If-Match` names a state that is no longer current |
| `VAULT_AUTH_1015` | 404 | a session is named that the caller does not have |
| `VAULT_AUTH_1019` | 404 | an API key is named that the caller does not have |
| `VAULT_DATA_4001` | 405 | the path exists, but not with this method |
";

fn reserved(reason: &str) -> String {
    format!("reserved: {reason}")
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for family in ["AUTH", "AUTHZ", "VALID", "DATA", "CRYPTO", "ANON", "SYS"] {
        let prefix = format!("VAULT_{family}_");
        let _ = write!(
            page,
            "\n## {family}\n\n| code | name | HTTP | gRPC | title | what happened | what to do |\n|---|---|---|---|---|---|---|\n"
        );
        for code in ErrorCode::ALL
            .iter()
            .filter(|code| code.code().starts_with(&prefix))
        {
            let (name, title) = (code.name(), code.title());
            let (http, grpc) = (code.http_status(), code.grpc_status());
            let happened = code
                .reserved()
                .map_or_else(|| code.description().unwrap_or_default().to_owned(), reserved);
            let resolution = code.resolution().unwrap_or_default();
            let _ = writeln!(
                page,
                "| `{code}` | {name} | {http} | {grpc} | {title} | {happened} | {resolution} |"
            );
        }
    }
    page
}

#[test]
fn the_catalogue_is_the_one_in_the_csv() {
    let ours: Vec<String> = ErrorCode::ALL
        .iter()
        .map(|code| format!("{},{},{}", code.code(), code.name(), code.http_status()))
        .collect();
    let theirs: Vec<&str> = CSV.lines().skip(1).collect();
    assert_eq!(ours.len(), 137);
    assert_eq!(ours, theirs);
}

#[test]
fn the_page_of_errors_is_current() {
    if std::env::var_os("VAULT_BLESS").is_some() {
        std::fs::write(PAGE_PATH, page()).expect("the page is writable");
    }
    let written = std::fs::read_to_string(PAGE_PATH).unwrap_or_default();
    assert!(
        written == page(),
        "docs/api/ERRORS.md is stale: run the tests with VAULT_BLESS=1"
    );
}

#[test]
fn a_code_is_reserved_or_explained() {
    for code in ErrorCode::ALL {
        let explained = code.description().is_some() && code.resolution().is_some();
        assert_ne!(code.reserved().is_some(), explained, "{code}");
    }
}

#[test]
fn a_code_stands_as_its_code() {
    assert_eq!(ErrorCode::InvalidToken.to_string(), "VAULT_AUTH_1001");
    let json = serde_json::to_string(&ErrorCode::MfaRequired).unwrap_or_default();
    assert_eq!(json, "\"VAULT_AUTH_1011\"");
    assert_eq!(ErrorCode::MfaRequired.name(), "MFARequired");
}

#[test]
fn what_the_first_version_needs_is_not_reserved() {
    for code in [
        ErrorCode::InvalidCredentials,
        ErrorCode::DatasetNotFound,
        ErrorCode::InternalServerError,
    ] {
        assert_eq!(code.reserved(), None, "{code}");
    }
    assert!(ErrorCode::CacheFailed.reserved().is_some());
}
