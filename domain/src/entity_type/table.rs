//! The entity types: name, category, sensitivity, the laws that name it, where it is used, and examples.
//!
//! The doc comment of a type is its description. No country means: everywhere. Examples are those of specifications
//! and registrars, or made up; a secret shows its form only, so that no scanner takes this file for a leak.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    EntityCategory,
    Regulation::{self, Ccpa, Gdpr, Hipaa, Pci},
    Sensitivity,
};

/// Data about a person.
const PERSON: &[Regulation] = &[Gdpr, Ccpa];
/// Data about a person that tells who a patient is.
const PATIENT: &[Regulation] = &[Gdpr, Ccpa, Hipaa];
/// Data of a cardholder.
const CARDHOLDER: &[Regulation] = &[Gdpr, Ccpa, Hipaa, Pci];
/// Data about no person.
const NONE: &[Regulation] = &[];

macro_rules! entity_types {
    ($(
        #[doc = $description:literal]
        $variant:ident = $name:literal, $category:ident, $sensitivity:ident, $laws:ident,
        [$($country:literal),*], [$($example:literal),*];
    )+) => {
        /// A kind of personal data or secret; its names are stable.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum EntityType {
            $(#[doc = $description] #[serde(rename = $name)] $variant,)+
        }

        impl EntityType {
            /// Every entity type, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name, as it stands in events, JSON and policies.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it is, in a sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description.trim_ascii(),)+
                }
            }

            /// What sort of thing it is.
            #[must_use]
            pub const fn category(self) -> EntityCategory {
                match self {
                    $(Self::$variant => EntityCategory::$category,)+
                }
            }

            /// How much harm its disclosure does.
            #[must_use]
            pub const fn sensitivity(self) -> Sensitivity {
                match self {
                    $(Self::$variant => Sensitivity::$sensitivity,)+
                }
            }

            /// The laws and standards that name such data.
            #[must_use]
            pub const fn regulations(self) -> &'static [Regulation] {
                match self {
                    $(Self::$variant => $laws,)+
                }
            }

            /// The countries that use it, by their codes in ISO 3166; none where it is used everywhere.
            #[must_use]
            pub const fn jurisdictions(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$($country),*],)+
                }
            }

            /// How it looks.
            #[must_use]
            pub const fn examples(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$($example),*],)+
                }
            }
        }
    };
}

entity_types! {
    /// An email address.
    Email = "email", Contact, Medium, PATIENT, [], ["jo.doe@example.com"];
    /// A phone number.
    Phone = "phone", Contact, Medium, PATIENT, [], ["+44 20 7946 0018", "(212) 456-7890"];
    /// A social security number of the United States.
    UsSsn = "us_ssn", GovernmentId, High, PATIENT, ["US"], ["536-22-1234"];
    /// The number of a payment card.
    CreditCard = "credit_card", Financial, High, CARDHOLDER, [], ["4111 1111 1111 1111", "378282246310005"];
    /// An international bank account number.
    Iban = "iban", Financial, High, PATIENT, [], ["GB29 NWBK 6016 1331 9268 19"];
    /// An IPv4 or IPv6 address.
    IpAddress = "ip_address", Network, Low, PATIENT, [], ["81.2.69.160", "2001:4860:4860::8888"];
    /// The hardware address of a network interface.
    MacAddress = "mac_address", Network, Low, PATIENT, [], ["3c:22:fb:0a:9d:41"];
    /// A web address.
    Url = "url", Network, Low, PATIENT, [], ["https://example.com/people/jo"];
    /// The day on which a person was born.
    DateOfBirth = "date_of_birth", Personal, Medium, PATIENT, [], ["born 31 March 1941"];
    /// The number of a United States passport.
    UsPassport = "us_passport", GovernmentId, High, PATIENT, ["US"], ["passport C12345678"];
    /// The id of an AWS access key.
    AwsAccessKey = "aws_access_key", Secret, High, NONE, [], ["AKIA…"];
    /// The secret half of an AWS access key.
    AwsSecretKey = "aws_secret_key", Secret, Critical, NONE, [], ["aws_secret_access_key = …"];
    /// A GitHub token.
    GithubToken = "github_token", Secret, Critical, NONE, [], ["ghp_…", "github_pat_…"];
    /// A GitLab token.
    GitlabToken = "gitlab_token", Secret, Critical, NONE, [], ["glpat-…"];
    /// A Slack token or webhook.
    SlackToken = "slack_token", Secret, Critical, NONE, [], ["xoxb-…", "hooks.slack.com/services/T…"];
    /// A secret key of Stripe.
    StripeKey = "stripe_key", Secret, Critical, NONE, [], ["sk_live_…"];
    /// An OpenAI API key.
    OpenaiKey = "openai_key", Secret, Critical, NONE, [], ["sk-proj-…"];
    /// An Anthropic API key.
    AnthropicKey = "anthropic_key", Secret, Critical, NONE, [], ["sk-ant-…"];
    /// A Hugging Face token.
    HuggingfaceToken = "huggingface_token", Secret, Critical, NONE, [], ["hf_…"];
    /// A Google API key.
    GoogleApiKey = "google_api_key", Secret, High, NONE, [], ["AIza…"];
    /// A SendGrid API key.
    SendgridKey = "sendgrid_key", Secret, Critical, NONE, [], ["SG.…"];
    /// A Twilio API key or account id.
    TwilioKey = "twilio_key", Secret, High, NONE, [], ["SK…"];
    /// An npm access token.
    NpmToken = "npm_token", Secret, Critical, NONE, [], ["npm_…"];
    /// A PyPI upload token.
    PypiToken = "pypi_token", Secret, Critical, NONE, [], ["pypi-AgE…"];
    /// The token of a Telegram bot.
    TelegramToken = "telegram_token", Secret, Critical, NONE, [], ["123456789:AA…"];
    /// A JSON Web Token.
    Jwt = "jwt", Secret, High, NONE, [], ["eyJ….eyJ….…"];
    /// A private key in PEM, OpenSSH or PGP armor.
    PrivateKey = "private_key", Secret, Critical, NONE, [], ["-----BEGIN … PRIVATE KEY-----"];
    /// An OAuth token or client secret of Google.
    GoogleOauthToken = "google_oauth_token", Secret, Critical, NONE, [], ["ya29.…", "GOCSPX-…"];
    /// A key, client secret or shared access signature of Azure.
    AzureKey = "azure_key", Secret, Critical, NONE, [], ["AccountKey=…", "…8Q~…"];
    /// A database or message broker's address that holds a password.
    ConnectionString = "connection_string", Secret, Critical, NONE, [], ["postgres://app:…@db/vault"];
    /// A user name and password for HTTP, in an address or a header.
    BasicAuth = "basic_auth", Secret, Critical, NONE, [], ["https://jo:…@example.com", "Authorization: Basic …"];
    /// A password beside a word that says so.
    Password = "password", Secret, Critical, NONE, [], ["password: …"];
    /// A random text beside a word that calls it a key, token or secret.
    GenericSecret = "generic_secret", Secret, High, NONE, [], ["api_key = …"];

    /// The name of a person.
    Person = "person", Personal, Medium, PATIENT, [], ["Jo Doe"];
    /// The form of address or academic title of a person.
    Title = "title", Personal, Low, PERSON, [], ["Dr.", "Mrs."];
    /// How old a person is.
    Age = "age", Personal, Low, PATIENT, [], ["47 years old", "aged 93"];
    /// The nation or ethnic group that a person belongs to.
    Nationality = "nationality", Personal, Medium, PERSON, [], ["nationality: French"];
    /// What a person believes in.
    Religion = "religion", Personal, High, PERSON, [], ["she is Buddhist"];
    /// The party or the political views of a person.
    Politics = "politics", Personal, High, PERSON, [], ["a registered Democrat"];
    /// A date, or a date and time.
    DateTime = "date_time", Personal, Low, PATIENT, [], ["2024-05-06T10:20:30Z", "6 May 2024"];
    /// The postal address of a person.
    Address = "address", Contact, Medium, PATIENT, [], ["221B Baker Street, London"];
    /// A place: a city, a region, a country.
    Location = "location", Location, Low, PATIENT, [], ["Hamburg"];
    /// A point on the earth, as latitude and longitude.
    GpsCoordinates = "gps_coordinates", Location, Medium, PATIENT, [], ["52.520008, 13.404954"];
    /// A company, an authority, an association.
    Organization = "organization", Organization, Low, NONE, [], ["Example Ltd."];
    /// The name of a host on the internet.
    Domain = "domain", Network, Low, NONE, [], ["example.co.uk"];
    /// The name by which a person is known to a system.
    UserName = "user_name", Network, Medium, PERSON, [], ["username: jdoe"];
    /// The serial number of a mobile device.
    Imei = "imei", Network, Medium, PATIENT, [], ["49-015420-323751-8"];
    /// The identification number of a vehicle.
    Vin = "vin", Vehicle, Medium, PATIENT, [], ["1M8GDM9AXKP042788"];

    /// The verification code of a payment card.
    Cvv = "cvv", Financial, Critical, CARDHOLDER, [], ["CVV 123"];
    /// The code of a bank (ISO 9362).
    SwiftBic = "swift_bic", Financial, Low, NONE, [], ["DEUTDEFF500"];
    /// The number of a bank account in the United States.
    UsBankAccount = "us_bank_account", Financial, High, PATIENT, ["US"], ["account number 000123456789"];
    /// The routing number of a bank in the United States.
    UsAbaRouting = "us_aba_routing", Financial, Low, NONE, ["US"], ["routing number 021000021"];
    /// The address of a wallet for Bitcoin or Ethereum.
    CryptoWallet = "crypto_wallet", Financial, Medium, PERSON, [], ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"];

    /// The number of a patient's record at a hospital or a practice.
    MedicalRecordNumber = "medical_record_number", Health, High, PATIENT, [], ["MRN 00482913"];
    /// The number of a member of a health insurance.
    HealthInsuranceId = "health_insurance_id", Health, High, PATIENT, [], ["member ID XGP123456789"];
    /// The licence of one who practises medicine.
    MedicalLicence = "medical_licence", Health, Medium, PATIENT, [], ["medical license A123456"];
    /// The national provider identifier of one who treats patients.
    UsNpi = "us_npi", Health, Low, PATIENT, ["US"], ["1234567893"];
    /// The number of one who may prescribe controlled substances.
    UsDea = "us_dea", Health, Medium, PATIENT, ["US"], ["DEA AB1234563"];
    /// The Medicare number of a patient in the United States.
    UsMbi = "us_mbi", Health, High, PATIENT, ["US"], ["1EG4-TE5-MK73"];
    /// The number of a patient of the National Health Service.
    UkNhs = "uk_nhs", Health, High, PATIENT, ["GB"], ["943 476 5919"];
    /// The Medicare number of a patient in Australia.
    AuMedicare = "au_medicare", Health, High, PATIENT, ["AU"], ["2123 45670 1"];
    /// The number of a person with statutory health insurance in Germany.
    DeHealthInsurance = "de_health_insurance", Health, High, PATIENT, ["DE"], ["A123456780"];

    /// A tax number for those who have no social security number.
    UsItin = "us_itin", GovernmentId, High, PATIENT, ["US"], ["912-70-1234"];
    /// A driving licence of a state of the United States.
    UsDrivingLicence = "us_driving_licence", GovernmentId, High, PATIENT, ["US"], ["driver license D1234567"];
    /// A national insurance number.
    UkNino = "uk_nino", GovernmentId, High, PATIENT, ["GB"], ["AB 12 34 56 C"];
    /// The number of a British passport.
    UkPassport = "uk_passport", GovernmentId, High, PATIENT, ["GB"], ["passport 925665416"];
    /// A British driving licence.
    UkDrivingLicence = "uk_driving_licence", GovernmentId, High, PATIENT, ["GB"], ["MORGA753116SM9IJ"];
    /// A British postcode.
    UkPostcode = "uk_postcode", Location, Low, PATIENT, ["GB"], ["SW1A 1AA"];
    /// The number plate of a British vehicle.
    UkVehiclePlate = "uk_vehicle_plate", Vehicle, Medium, PATIENT, ["GB"], ["AB51 ABC"];
    /// A social insurance number.
    CaSin = "ca_sin", GovernmentId, High, PATIENT, ["CA"], ["046 454 286"];
    /// The number of an Australian business.
    AuAbn = "au_abn", Organization, Low, PERSON, ["AU"], ["51 824 753 556"];
    /// The number of an Australian company.
    AuAcn = "au_acn", Organization, Low, NONE, ["AU"], ["004 085 616"];
    /// An Australian tax file number.
    AuTfn = "au_tfn", GovernmentId, High, PATIENT, ["AU"], ["123 456 782"];
    /// The tax identification number of a person in Germany.
    DeTaxId = "de_tax_id", GovernmentId, High, PATIENT, ["DE"], ["86 095 742 719"];
    /// The VAT number of a German business.
    DeVatId = "de_vat_id", Organization, Low, PERSON, ["DE"], ["DE136695976"];
    /// The number of a German identity card.
    DeIdCard = "de_id_card", GovernmentId, High, PATIENT, ["DE"], ["Personalausweis L01X00T471"];
    /// The number of a German passport.
    DePassport = "de_passport", GovernmentId, High, PATIENT, ["DE"], ["Reisepass C01X00T478"];
    /// The pension insurance number of a person in Germany.
    DeSocialSecurity = "de_social_security", GovernmentId, High, PATIENT, ["DE"], ["65 170839 J 008"];
    /// An entry in a German commercial register.
    DeCommercialRegister = "de_commercial_register", Organization, Low, NONE, ["DE"], ["HRB 12345"];
    /// The French number of registration of a person.
    FrNir = "fr_nir", GovernmentId, High, PATIENT, ["FR"], ["2 55 08 14 168 025 38"];
    /// The tax number of a person in Spain.
    EsNif = "es_nif", GovernmentId, High, PATIENT, ["ES"], ["12345678Z"];
    /// The number of a foreigner in Spain.
    EsNie = "es_nie", GovernmentId, High, PATIENT, ["ES"], ["X1234567L"];
    /// The fiscal code of a person in Italy.
    ItFiscalCode = "it_fiscal_code", GovernmentId, High, PATIENT, ["IT"], ["RSSMRA85T10A562S"];
    /// The VAT number of an Italian business.
    ItVat = "it_vat", Organization, Low, PERSON, ["IT"], ["IT00743110157"];
    /// The number of an Italian identity card.
    ItIdCard = "it_id_card", GovernmentId, High, PATIENT, ["IT"], ["carta d'identità CA12345AA"];
    /// The number of an Italian passport.
    ItPassport = "it_passport", GovernmentId, High, PATIENT, ["IT"], ["passaporto YA1234567"];
    /// An Italian driving licence.
    ItDrivingLicence = "it_driving_licence", GovernmentId, High, PATIENT, ["IT"], ["patente U1A23B456C"];
    /// The number of a person in Poland's register.
    PlPesel = "pl_pesel", GovernmentId, High, PATIENT, ["PL"], ["44051401359"];
    /// The citizen service number of the Netherlands.
    NlBsn = "nl_bsn", GovernmentId, High, PATIENT, ["NL"], ["BSN 111222333"];
    /// The number of a person in Belgium's national register.
    BeNrn = "be_nrn", GovernmentId, High, PATIENT, ["BE"], ["85.07.30-033.28"];
    /// A Finnish personal identity code.
    FiHetu = "fi_hetu", GovernmentId, High, PATIENT, ["FI"], ["131052-308T"];
    /// A Swedish personal identity number.
    SePersonnummer = "se_personnummer", GovernmentId, High, PATIENT, ["SE"], ["811218-9876"];
    /// The number of a Swedish organization.
    SeOrganisationNumber = "se_organisation_number", Organization, Low, NONE, ["SE"], ["556016-0680"];
    /// A Norwegian birth number.
    NoFodselsnummer = "no_fodselsnummer", GovernmentId, High, PATIENT, ["NO"], ["151086 95088"];
    /// The number of a person in Denmark's register.
    DkCpr = "dk_cpr", GovernmentId, High, PATIENT, ["DK"], ["CPR 211062-5629"];
    /// The identification number of a person in Türkiye.
    TrNationalId = "tr_national_id", GovernmentId, High, PATIENT, ["TR"], ["10000000146"];
    /// An Aadhaar number.
    InAadhaar = "in_aadhaar", GovernmentId, High, PATIENT, ["IN"], ["2341 2341 2346"];
    /// An Indian permanent account number.
    InPan = "in_pan", GovernmentId, High, PATIENT, ["IN"], ["ABCPE1234F"];
    /// The tax number of an Indian business.
    InGstin = "in_gstin", Organization, Low, PERSON, ["IN"], ["27AAPFU0939F1ZV"];
    /// The number of an Indian voter.
    InVoter = "in_voter", GovernmentId, High, PATIENT, ["IN"], ["voter id ABC1234567"];
    /// The number of an Indian passport.
    InPassport = "in_passport", GovernmentId, High, PATIENT, ["IN"], ["passport J8369854"];
    /// The number plate of an Indian vehicle.
    InVehiclePlate = "in_vehicle_plate", Vehicle, Medium, PATIENT, ["IN"], ["MH 12 AB 1234"];
    /// The number of a person registered in Singapore.
    SgNric = "sg_nric", GovernmentId, High, PATIENT, ["SG"], ["S1234567D"];
    /// The number of an entity in Singapore.
    SgUen = "sg_uen", Organization, Low, NONE, ["SG"], ["53125226D"];
    /// A Korean resident registration number.
    KrRrn = "kr_rrn", GovernmentId, High, PATIENT, ["KR"], ["900101-1234568"];
    /// A Korean registration number of a foreigner.
    KrFrn = "kr_frn", GovernmentId, High, PATIENT, ["KR"], ["900101-5678901"];
    /// The number of a Korean business.
    KrBrn = "kr_brn", Organization, Low, PERSON, ["KR"], ["220-81-62517"];
    /// A Korean driving licence.
    KrDrivingLicence = "kr_driving_licence", GovernmentId, High, PATIENT, ["KR"], ["11-12-345678-90"];
    /// The number of a Korean passport.
    KrPassport = "kr_passport", GovernmentId, High, PATIENT, ["KR"], ["여권 M12345678"];
    /// The individual number of a person in Japan.
    JpMyNumber = "jp_my_number", GovernmentId, High, PATIENT, ["JP"], ["1234 5678 9018"];
    /// The identity number of a resident of China.
    CnResidentId = "cn_resident_id", GovernmentId, High, PATIENT, ["CN"], ["11010519491231002X"];
    /// The national identification number of a person in Thailand.
    ThTnin = "th_tnin", GovernmentId, High, PATIENT, ["TH"], ["1-1017-00230-70-5"];
    /// A Philippine tax identification number.
    PhTin = "ph_tin", GovernmentId, High, PATIENT, ["PH"], ["TIN 123-456-789-000"];
    /// A South African identity number.
    ZaId = "za_id", GovernmentId, High, PATIENT, ["ZA"], ["8001015009087"];
    /// The national identification number of a person in Nigeria.
    NgNin = "ng_nin", GovernmentId, High, PATIENT, ["NG"], ["NIN 12345678901"];
    /// The tax number of a person in Brazil.
    BrCpf = "br_cpf", GovernmentId, High, PATIENT, ["BR"], ["529.982.247-25"];
    /// The tax number of a Brazilian business.
    BrCnpj = "br_cnpj", Organization, Low, PERSON, ["BR"], ["11.222.333/0001-81"];
    /// The population registry code of a person in Mexico.
    MxCurp = "mx_curp", GovernmentId, High, PATIENT, ["MX"], ["HEGG560427MVZRRL04"];

    /// Something that a tenant has described itself.
    Custom = "custom", Custom, Medium, NONE, [], ["a project's code name"];
}
