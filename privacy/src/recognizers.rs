//! The recognizers: one file for each type, or for a vendor's family of keys.

use crate::{detector::ConfigError, recognizer::Recognizer};

mod token;

mod email;
pub(crate) mod phone;
mod url;

mod birth_date;
mod us_passport;
mod us_ssn;

mod credit_card;
mod iban;

mod ip_address;
mod mac_address;

mod anthropic;
mod aws;
mod aws_secret;
mod github;
mod gitlab;
mod google;
mod huggingface;
mod jwt;
mod npm;
mod openai;
mod private_key;
mod pypi;
mod sendgrid;
mod slack;
mod stripe;
mod telegram;
mod twilio;

/// Every recognizer.
pub(crate) fn all(phone_regions: &[phone::Region]) -> Result<Vec<Box<dyn Recognizer>>, ConfigError> {
    Ok(vec![
        Box::new(email::Email),
        Box::new(phone::Phone::new(phone_regions)?),
        Box::new(url::Url),
        Box::new(birth_date::BirthDate),
        Box::new(us_passport::UsPassport),
        Box::new(us_ssn::UsSsn),
        Box::new(credit_card::CreditCard),
        Box::new(iban::Iban),
        Box::new(ip_address::IpAddress),
        Box::new(mac_address::MacAddress),
        Box::new(anthropic::KEY),
        Box::new(aws::ACCESS_KEY),
        Box::new(aws_secret::AwsSecret),
        Box::new(github::TOKEN),
        Box::new(gitlab::TOKEN),
        Box::new(google::KEY),
        Box::new(huggingface::TOKEN),
        Box::new(jwt::Jwt),
        Box::new(npm::TOKEN),
        Box::new(openai::KEY),
        Box::new(private_key::PrivateKey),
        Box::new(pypi::TOKEN),
        Box::new(sendgrid::KEY),
        Box::new(slack::TOKEN),
        Box::new(stripe::KEY),
        Box::new(telegram::Telegram),
        Box::new(twilio::Twilio),
    ])
}
