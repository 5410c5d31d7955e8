//! The recognizers: one file for each type, for a country's numbers, or for a vendor's family of keys.

use vault_domain::EntityType;

use crate::{detector::ConfigError, recognizer::Recognizer};

pub(crate) mod checksum;
mod ids;
mod token;

mod labelled;

pub(crate) mod custom;

mod domain;
mod email;
pub(crate) mod phone;
mod url;

mod age;
mod attributes;
mod birth_date;
mod gps_coordinates;
mod us_passport;
mod us_ssn;

mod credit_card;
mod crypto_wallet;
mod iban;
mod swift_bic;

mod ip_address;
mod mac_address;
mod user_name;

mod anthropic;
mod aws;
mod aws_secret;
mod azure;
mod generic_secret;
mod github;
mod gitlab;
mod google;
mod huggingface;
mod jwt;
mod npm;
mod openai;
mod password;
mod private_key;
mod pypi;
mod sendgrid;
mod slack;
mod stripe;
mod telegram;
mod twilio;
mod url_credentials;

/// Every recognizer.
pub(crate) fn all(
    phone_regions: &[phone::Region],
    wanted: impl Fn(EntityType) -> bool,
) -> Result<Vec<Box<dyn Recognizer>>, ConfigError> {
    Ok(vec![
        Box::new(ids::Ids::new(wanted)),
        Box::new(email::Email),
        Box::new(phone::Phone::new(phone_regions)?),
        Box::new(url::Url),
        Box::new(domain::Domain),
        Box::new(age::Age),
        Box::new(attributes::TITLE),
        Box::new(attributes::NATIONALITY),
        Box::new(attributes::RELIGION),
        Box::new(attributes::POLITICS),
        Box::new(birth_date::BirthDate),
        Box::new(gps_coordinates::GpsCoordinates),
        Box::new(us_passport::UsPassport),
        Box::new(us_ssn::UsSsn),
        Box::new(credit_card::CreditCard),
        Box::new(crypto_wallet::CryptoWallet),
        Box::new(iban::Iban),
        Box::new(swift_bic::SwiftBic),
        Box::new(ip_address::IpAddress),
        Box::new(mac_address::MacAddress),
        Box::new(user_name::UserName),
        Box::new(anthropic::KEY),
        Box::new(aws::ACCESS_KEY),
        Box::new(aws_secret::AwsSecret),
        Box::new(azure::Azure),
        Box::new(generic_secret::GenericSecret),
        Box::new(github::TOKEN),
        Box::new(gitlab::TOKEN),
        Box::new(google::KEY),
        Box::new(google::OAUTH),
        Box::new(huggingface::TOKEN),
        Box::new(jwt::Jwt),
        Box::new(npm::TOKEN),
        Box::new(openai::KEY),
        Box::new(password::Password),
        Box::new(private_key::PrivateKey),
        Box::new(pypi::TOKEN),
        Box::new(sendgrid::KEY),
        Box::new(slack::TOKEN),
        Box::new(stripe::KEY),
        Box::new(telegram::Telegram),
        Box::new(twilio::Twilio),
        Box::new(url_credentials::UrlCredentials),
    ])
}
