use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    Role,
    testing::{at, principal},
};

fn audience() -> TokenAudience {
    TokenAudience {
        issuer: "https://vault.test".into(),
        audience: "vault".into(),
    }
}

fn hs() -> SigningKeys {
    SigningKeys::hs256(&[7; 32]).expect("is long enough")
}

fn ed() -> SigningKeys {
    SigningKeys::ed_dsa(&[9; 32]).expect("is a seed")
}

fn tokens(keys: SigningKeys) -> AccessTokens {
    AccessTokens::new(audience(), keys.into(), 100)
}

fn issue(tokens: &AccessTokens) -> String {
    let token = tokens
        .issue(&principal(&[Role::Ingest]), at(0), Uuid::from_u128(4))
        .expect("signs");
    token.expose().to_owned()
}

fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("has a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("is base64")).expect("is JSON")
}

/// Signs what it is told to, with the key of [`hs`].
fn forge(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = EncodingKey::from_secret(&[7; 32]);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("signs");
    format!("{message}.{signature}")
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "at+jwt", "kid": hs().kid()})
}

#[test]
fn a_token_brings_its_principal_back_first_and_again() {
    for keys in [hs(), ed()] {
        let tokens = tokens(keys);
        let token = issue(&tokens);
        for _ in 0..2 {
            assert_eq!(tokens.verify(&token, at(1)), Ok(principal(&[Role::Ingest])));
        }
    }
}

#[test]
fn a_token_lasts_fifteen_minutes_and_the_leeway_also_from_the_cache() {
    let tokens = tokens(ed());
    let token = issue(&tokens);
    assert_eq!(tokens.verify(&token, at(-6)), Err(TokenError::NotYetValid));
    assert!(tokens.verify(&token, at(-5)).is_ok());
    assert!(tokens.verify(&token, at(904)).is_ok());
    assert_eq!(tokens.verify(&token, at(905)), Err(TokenError::Expired));
    assert_eq!(tokens.verify(&token, at(-6)), Err(TokenError::NotYetValid));
    assert_eq!(tokens.verify(&issue(&tokens), at(905)), Err(TokenError::Expired));
}

#[test]
fn an_expired_token_is_refused_without_the_cache_too() {
    let fresh = tokens(hs());
    assert_eq!(
        fresh.verify(&issue(&tokens(hs())), at(905)),
        Err(TokenError::Expired)
    );
}

#[test]
fn a_changed_token_has_a_bad_signature() {
    for keys in [hs(), ed()] {
        let tokens = tokens(keys);
        let token = issue(&tokens);
        let mut claims = claims_of(&token);
        claims["roles"] = json!(["admin"]);
        let mut parts: Vec<&str> = token.split('.').collect();
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        parts[1] = &payload;
        assert_eq!(
            tokens.verify(&parts.join("."), at(1)),
            Err(TokenError::BadSignature)
        );
    }
}

#[test]
fn a_token_of_another_key_has_a_bad_signature() {
    let other = tokens(SigningKeys::hs256(&[8; 32]).expect("is long enough"));
    assert_eq!(
        tokens(hs()).verify(&issue(&other), at(1)),
        Err(TokenError::BadSignature)
    );
}

#[test]
fn a_public_key_is_never_taken_for_a_secret() {
    let jwks = tokens(ed()).jwks();
    let public = URL_SAFE_NO_PAD
        .decode(jwks["keys"][0]["x"].as_str().expect("has x"))
        .expect("is base64");
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": ed().kid()});
    let claims = claims_of(&issue(&tokens(ed())));
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(&header), encode(&claims));
    let key = EncodingKey::from_secret(&public);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("signs");
    let forged = format!("{message}.{signature}");
    assert_eq!(tokens(ed()).verify(&forged, at(1)), Err(TokenError::Malformed));
}

#[test]
fn issuer_and_audience_must_be_ours() {
    let good = claims_of(&issue(&tokens(hs())));
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        tokens(hs()).verify(&forge(&header(), &claims), at(1))
    };
    assert!(with("jti", json!(Uuid::nil())).is_ok());
    assert_eq!(
        with("iss", json!("https://evil.test")),
        Err(TokenError::WrongIssuer)
    );
    assert_eq!(with("aud", json!("elsewhere")), Err(TokenError::WrongAudience));
    assert_eq!(
        with("aud", json!(["vault", "elsewhere"])),
        Err(TokenError::Malformed)
    );
    assert_eq!(with("exp", json!(-1)), Err(TokenError::Expired));
    assert_eq!(with("exp", json!(i64::MAX)), Ok(principal(&[Role::Ingest])));
    assert_eq!(with("nbf", json!(i64::MAX)), Err(TokenError::NotYetValid));
    assert_eq!(with("nbf", json!(i64::MIN)), Ok(principal(&[Role::Ingest])));
}

#[test]
fn every_claim_is_needed() {
    let good = claims_of(&issue(&tokens(hs())));
    let names: Vec<String> = good.as_object().expect("is an object").keys().cloned().collect();
    assert_eq!(names.len(), 12);
    // releases that wrote none of these may be about for a quarter of an hour
    for name in names
        .iter()
        .filter(|name| !["auth_time", "amr"].contains(&name.as_str()))
    {
        let mut claims = good.clone();
        claims.as_object_mut().expect("is an object").remove(name);
        let refused = tokens(hs()).verify(&forge(&header(), &claims), at(1));
        assert_eq!(refused, Err(TokenError::Malformed), "{name}");
    }
}

#[test]
fn headers_that_we_never_write_are_refused() {
    let claims = claims_of(&issue(&tokens(hs())));
    let with = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        tokens(hs()).verify(&forge(&header, &claims), at(1)).err()
    };
    assert_eq!(with("alg", json!("none")), Some(TokenError::Malformed));
    assert_eq!(with("alg", json!("HS512")), Some(TokenError::Malformed));
    assert_eq!(with("typ", json!("JWT")), Some(TokenError::Malformed));
    // who shares the secret does not know what we call it
    assert_eq!(with("kid", Value::Null), None);
    assert_eq!(
        with("kid", json!("../../etc/passwd")),
        Some(TokenError::BadSignature)
    );
}

#[test]
fn what_is_no_token_is_malformed() {
    let tokens = tokens(hs());
    let good = issue(&tokens);
    let message = good
        .rsplit_once('.')
        .map(|(message, _)| message)
        .expect("has parts");
    for bad in [
        "",
        ".",
        "..",
        "a.b.c",
        message,
        &format!("{good}="),
        &format!(" {good}"),
        &"a".repeat(5000),
    ] {
        let refused = tokens.verify(bad, at(1));
        assert!(
            matches!(refused, Err(TokenError::Malformed | TokenError::BadSignature)),
            "{bad}: {refused:?}"
        );
    }
    assert_eq!(
        tokens.verify(&format!("{message}."), at(1)),
        Err(TokenError::BadSignature)
    );
}

#[test]
fn a_retired_key_still_verifies_and_stands_in_the_key_set() {
    let old = issue(&tokens(hs()));
    let rotated = tokens(ed());
    rotated.replace_keys(TokenKeys {
        signing: Arc::new(ed()),
        accepted: vec![Arc::new(hs())],
    });
    assert!(rotated.verify(&old, at(1)).is_ok());
    assert!(rotated.verify(&issue(&rotated), at(1)).is_ok());
    let jwks = rotated.jwks();
    assert_eq!(jwks["keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(jwks["keys"][0]["kid"], ed().kid());
    assert!(!jwks.to_string().contains('d') || jwks["keys"][0].get("d").is_none());
}

#[test]
fn a_key_that_is_dropped_verifies_nothing_not_even_what_was_verified_before() {
    let tokens = tokens(hs());
    let old = issue(&tokens);
    assert!(tokens.verify(&old, at(1)).is_ok());
    tokens.replace_keys(TokenKeys {
        signing: Arc::new(ed()),
        accepted: vec![],
    });
    assert_eq!(tokens.verify(&old, at(1)), Err(TokenError::BadSignature));
}

#[test]
fn without_a_name_no_key_but_the_shared_secret_is_tried() {
    let tokens = tokens(ed());
    let token = issue(&tokens);
    let (_, rest) = token.split_once('.').expect("has parts");
    let header = json!({"alg": "EdDSA", "typ": "at+jwt"}).to_string();
    let nameless = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header));
    assert_eq!(tokens.verify(&nameless, at(1)), Err(TokenError::Malformed));
}

#[test]
fn keys_are_named_by_their_content_and_never_shown() {
    assert_ne!(
        hs().kid(),
        SigningKeys::hs256(&[8; 32]).expect("is long enough").kid()
    );
    // RFC 8037, appendix A.
    let seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let seed: [u8; 32] = URL_SAFE_NO_PAD
        .decode(seed)
        .expect("is base64")
        .try_into()
        .expect("is 32 bytes");
    let keys = SigningKeys::ed_dsa(&seed).expect("is a seed");
    assert_eq!(keys.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert!(!format!("{:?}", hs()).contains("[7, 7"));
    assert_eq!(SigningKeys::hs256(&[7; 31]).err(), Some(KeyError::SecretTooShort));
}

proptest! {
    #[test]
    fn any_text_is_refused(text in "[a-zA-Z0-9_.=-]{0,200}") {
        prop_assert!(tokens(hs()).verify(&text, at(1)).is_err());
    }

    #[test]
    fn one_changed_character_is_noticed(place in 0_usize..1000, to in "[A-Za-z0-9_-]") {
        let tokens = tokens(hs());
        let good = issue(&tokens);
        let place = place % good.len();
        let mut bad = good.clone();
        bad.replace_range(place..=place, &to);
        prop_assert_eq!(tokens.verify(&bad, at(1)).is_ok(), bad == good);
    }
}
