//! For each type, texts that hold exactly one finding, and texts that hold none.

use vault_privacy::EntityType;

use crate::{cut, detector};

/// A type, a text, and what in it is to be found.
const POSITIVE: &[(EntityType, &str, &str)] = &[
    (
        EntityType::Email,
        "mail jo.doe@example.com now",
        "jo.doe@example.com",
    ),
    (EntityType::Phone, "US: (212) 456-7890", "(212) 456-7890"),
    (EntityType::Phone, "+1 212 456 7890", "+1 212 456 7890"),
    (EntityType::Phone, "212.456.7890", "212.456.7890"),
    (EntityType::Phone, "1-800-356-9377", "1-800-356-9377"),
    (EntityType::Phone, "call 2124567890", "2124567890"),
    (EntityType::Phone, "+81 3-3224-5000", "+81 3-3224-5000"),
    (EntityType::Phone, "+5511987654321", "+5511987654321"),
    (EntityType::Phone, "(020) 7946 0018", "(020) 7946 0018"),
    (EntityType::Phone, "+44(0)20 7946 0018", "+44(0)20 7946 0018"),
    (EntityType::Phone, "030 901820", "030 901820"),
    (EntityType::Phone, "06 12 34 56 78", "06 12 34 56 78"),
    (EntityType::Phone, "zadzwoń: 600 700 800", "600 700 800"),
    (EntityType::Phone, "0049 30 901820", "0049 30 901820"),
    (EntityType::UsSsn, "My SSN is 123-45-6789", "123-45-6789"),
    (EntityType::UsSsn, "ssn 123456789", "123456789"),
    (EntityType::UsSsn, "123 45 6789 is my social", "123 45 6789"),
    (
        EntityType::CreditCard,
        "4111 1111 1111 1111",
        "4111 1111 1111 1111",
    ),
    (EntityType::CreditCard, "378282246310005", "378282246310005"),
    (EntityType::CreditCard, "2223003122003222", "2223003122003222"),
    (
        EntityType::CreditCard,
        "card 6759649826438453",
        "6759649826438453",
    ),
    (
        EntityType::Iban,
        "FR1420041010050500013M02606",
        "FR1420041010050500013M02606",
    ),
    (EntityType::IpAddress, "81.2.69.160 did it", "81.2.69.160"),
    (EntityType::IpAddress, "IP 10.0.0.1", "10.0.0.1"),
    (
        EntityType::IpAddress,
        "2001:4860:4860::8888",
        "2001:4860:4860::8888",
    ),
    (EntityType::MacAddress, "3c-22-fb-0a-9d-41", "3c-22-fb-0a-9d-41"),
    (
        EntityType::Url,
        "see https://example.com/x?y.",
        "https://example.com/x?y",
    ),
    (EntityType::Url, "see www.example.com/x", "www.example.com/x"),
    (EntityType::DateOfBirth, "DOB 01/31/1990", "01/31/1990"),
    (EntityType::DateOfBirth, "1990-01-31 is my birthday", "1990-01-31"),
    (
        EntityType::DateOfBirth,
        "born on March 3rd, 1990",
        "March 3rd, 1990",
    ),
    (EntityType::UsPassport, "passport no. 123456789", "123456789"),
    (EntityType::UsPassport, "X12345678 (passport)", "X12345678"),
    (
        EntityType::AwsAccessKey,
        "AKIAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLE",
    ),
    (
        EntityType::AwsSecretKey,
        "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ),
    (
        EntityType::GithubToken,
        "t=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",
        "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",
    ),
    (
        EntityType::GitlabToken,
        "glpat-a1B2c3D4e5F6g7H8i9J0",
        "glpat-a1B2c3D4e5F6g7H8i9J0",
    ),
    (
        EntityType::SlackToken,
        "xoxb-123456789012-AbCdEfGhIjKlMnOpQrStUvWx.",
        "xoxb-123456789012-AbCdEfGhIjKlMnOpQrStUvWx",
    ),
    (
        EntityType::SlackToken,
        "x hooks.slack.com/services/T01234567/B01234567/AbCdEfGhIjKlMnOpQrStUvWx",
        "hooks.slack.com/services/T01234567/B01234567/AbCdEfGhIjKlMnOpQrStUvWx",
    ),
    (
        EntityType::StripeKey,
        "rk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_test_4eC39HqLyjWDarjtT1zdp7dc",
    ),
    (
        EntityType::OpenaiKey,
        "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",
        "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",
    ),
    (
        EntityType::AnthropicKey,
        "sk-ant-api03-aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0yZ",
        "sk-ant-api03-aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0yZ",
    ),
    (
        EntityType::HuggingfaceToken,
        "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
        "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    ),
    (
        EntityType::GoogleApiKey,
        "AIzaSyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v",
        "AIzaSyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v",
    ),
    (
        EntityType::SendgridKey,
        "SG.aB3dE5fG7hJ9kL1mN2pQ4r.aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0yZaB3dE5fG7hJ",
        "SG.aB3dE5fG7hJ9kL1mN2pQ4r.aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0yZaB3dE5fG7hJ",
    ),
    (
        EntityType::TwilioKey,
        "SK0123456789abcdef0123456789abcdef",
        "SK0123456789abcdef0123456789abcdef",
    ),
    (
        EntityType::NpmToken,
        "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",
        "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",
    ),
    (
        EntityType::PypiToken,
        "pypi-AgEIcHlwaS5vcmcCJDAxMjM0NTY3LTg5YWItY2RlZi0wMTIzLTQ1Njc4OWFiY2RlZgACKlsz",
        "pypi-AgEIcHlwaS5vcmcCJDAxMjM0NTY3LTg5YWItY2RlZi0wMTIzLTQ1Njc4OWFiY2RlZgACKlsz",
    ),
    (
        EntityType::TelegramToken,
        "bot 123456789:AAaB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0yZa",
        "123456789:AAaB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0yZa",
    ),
    (
        EntityType::Jwt,
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln",
    ),
    (
        EntityType::PrivateKey,
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
    ),
];

/// Texts that look like something and are nothing.
const NEGATIVE: &[&str] = &[
    "logo@2x.png",
    "git@github.com:org/repo.git",
    "meet @jo at 5",
    "078-05-1120",
    "219-09-9999",
    "666-12-3456 000-12-3456 923-45-6789",
    "123456789",
    "4111 1111 1111 1112",
    "order 20231105123456",
    "GB28NWBK60161331926819",
    "version 1.2.3.4 or 1.2.3",
    "10.0.0.1 and 192.168.1.1 and 127.0.0.1",
    "at 12:30:45 or 10:20",
    "std::io::Error a::b",
    "on 2024-05-06 and 31/12/1999 and 12 March 2020",
    "C01234567",
    "AKIAIOSFODNN1EXAMPLE",
    "AKIAIOSFODNN7EXAMPLEX",
    "ghp_bB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW00snvpY",
    "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
    "risk-assessment-of-something-that-is-very-long-indeed",
    "task-0123456789012345678901234567890123456789",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "123e4567-e89b-12d3-a456-426614174000",
    "eyJub3QiOiJhIn0.e30.x",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----",
    "$1,234,567.89 or 12 345 678 or 1.234.567,89",
    "600 700 800 units",
    "Room 12, 3 4 5 6 7 8 9 10 11 12 13 14 15",
    "pi is 3.14159265358979",
    "1700000000 1700000000000",
    "from 0900-0040 hours",
    "ISBN 978-3-16-148410-0",
    "case number is 88120-4471; quote it if you call 0800.",
];

#[test]
fn each_type_is_found_with_its_exact_extent() {
    let detector = detector();
    for (kind, text, expected) in POSITIVE {
        let found = detector.scan_text(text).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|item| (item.entity_type, cut(text, item.start, item.end)))
            .collect();
        assert_eq!(shown, [(*kind, (*expected).to_owned())], "{text}");
    }
}

#[test]
fn look_alikes_are_passed_over() {
    let detector = detector();
    for text in NEGATIVE {
        assert_eq!(detector.scan_text(text).unwrap(), [], "{text}");
    }
}

#[test]
fn offsets_count_code_points_after_emoji_and_accents() {
    let detector = detector();
    for (kind, text, expected) in POSITIVE {
        let text = format!("😀é€ {text} 😀");
        let found = detector.scan_text(&text).unwrap();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].entity_type, *kind);
        assert_eq!(cut(&text, found[0].start, found[0].end), *expected);
    }
}
