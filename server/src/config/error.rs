use std::io;
use std::path::PathBuf;

use vault_event_store::tree::{InvalidPolicy, InvalidWitnessKey};

/// Why a configuration is refused. No message holds a secret's value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `VAULT_ENV` names no environment.
    #[error("VAULT_ENV is `{value}`, expected dev, staging or prod")]
    UnknownEnvironment {
        /// What it says.
        value: Box<str>,
    },
    /// A configuration file is there and cannot be read.
    #[error("cannot read the configuration file {}", path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A configuration file is not TOML. The line itself stays out of the message: it may hold a secret.
    #[error("{}, line {line}: {message}", path.display())]
    ParseFile {
        /// The file.
        path: PathBuf,
        /// The line at fault, from 1.
        line: usize,
        /// The parser's complaint, without the text it complains about.
        message: Box<str>,
    },
    /// A tier is named that there is not.
    #[error("limits: there is no tier {value}")]
    UnknownTier {
        /// Its name.
        value: Box<str>,
    },
    /// Two entries of a list are about the same thing.
    #[error("{setting}: {value} stands there twice")]
    NamedTwice {
        /// The list.
        setting: &'static str,
        /// What they are about.
        value: Box<str>,
    },
    /// A variable that starts with `VAULT__` and is no setting.
    #[error("the environment variable {name} is not a setting")]
    UnknownVariable {
        /// The variable.
        name: Box<str>,
    },
    /// A variable is not valid UTF-8.
    #[error("the environment variable {name} is not valid UTF-8")]
    NotText {
        /// The variable.
        name: Box<str>,
    },
    /// Two spellings of one setting say different things, or a secret stands both in clear and as a file.
    #[error("{first} and {second} set the same thing; keep one")]
    Conflict {
        /// One spelling.
        first: Box<str>,
        /// The other.
        second: Box<str>,
    },
    /// The file that should hold a secret cannot be read.
    #[error("cannot read {}, which {name} names", path.display())]
    ReadSecret {
        /// The setting or variable.
        name: Box<str>,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file that should hold a secret holds nothing.
    #[error("{}, which {name} names, is empty", path.display())]
    EmptySecret {
        /// The setting or variable.
        name: Box<str>,
        /// The file.
        path: PathBuf,
    },
    /// A key that is not known, or a value of the wrong type; the message names both and the file.
    #[error("{0}")]
    Invalid(Box<figment::Error>),
    /// A number outside its range.
    #[error("{setting} is {value}, expected {min} to {max}")]
    OutOfRange {
        /// The setting.
        setting: &'static str,
        /// What it says.
        value: u64,
        /// The least it may be.
        min: u64,
        /// The most it may be.
        max: u64,
    },
    /// Two listeners on one port.
    #[error("server.port and server.metrics_port are both {port}")]
    SamePort {
        /// The port.
        port: u16,
    },
    /// A setting that something else requires.
    #[error("{setting} must be set {when}")]
    Missing {
        /// The setting.
        setting: &'static str,
        /// When it is required.
        when: &'static str,
    },
    /// A text that is no public key of a witness.
    #[error("audit.witnesses: {0}")]
    WitnessKey(#[source] InvalidWitnessKey),
    /// Witnesses that cannot be trusted so.
    #[error("audit.required_cosignatures and audit.witnesses: {0}")]
    Witnesses(#[source] InvalidPolicy),
    /// An address where no witness can be.
    #[error(
        "audit.witnesses: the address of {key} must be one of https or http, without user, query and fragment"
    )]
    WitnessUrl {
        /// The witness. The address itself may hold a secret.
        key: Box<str>,
    },
    /// A text that is no origin of a page.
    #[error(
        "server.cors_origins: `{value}` is no origin, such as https://app.example.com; there is no wildcard"
    )]
    Origin {
        /// What it says.
        value: Box<str>,
    },
    /// What no name of a topic can begin with.
    #[error("kafka.topic_prefix must have 1 to {max_chars} characters, letters, digits, `.`, `_` and `-`")]
    TopicPrefix {
        /// How long it may be.
        max_chars: usize,
    },
    /// A choice that only development may make.
    #[error("{setting} must not be `{value}` in production: {reason}")]
    NotInProduction {
        /// The setting.
        setting: &'static str,
        /// What it says.
        value: &'static str,
        /// Why it may not.
        reason: &'static str,
    },
    /// A secret that would not protect production.
    #[error("{setting} {weakness}, which production refuses")]
    WeakSecret {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        weakness: Weakness,
    },
    /// The place of large contents is none of its kind.
    #[error("storage.location is not like {example}")]
    StorageLocation {
        /// What it is like.
        example: &'static str,
    },
    /// The key file cannot be looked at.
    #[error("cannot read {}, which {setting} names", path.display())]
    KeyFile {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Others on the machine may read or change the key file.
    #[error("{setting} {} has mode {mode:04o}, which lets others at the key; chmod 600 it", path.display())]
    OpenKeyFile {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// What is wrong with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Fewer bytes than a 256-bit key needs.
    #[error("has {length_bytes} bytes, fewer than {min_bytes}")]
    Short {
        /// How long it is.
        length_bytes: usize,
        /// How long it must be.
        min_bytes: usize,
    },
    /// A value from an example.
    #[error("is a default or an example")]
    Default,
    /// The same few characters over and over.
    #[error("has fewer than {min_distinct} different bytes")]
    Monotonous {
        /// How many it must have.
        min_distinct: usize,
    },
}
