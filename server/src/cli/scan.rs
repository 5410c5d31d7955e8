//! `vault-server scan`: what personal data and secrets lie in files, without a server.

mod counts;
mod engine;
mod fail_on;
mod fields;
mod finding;
mod format;
mod html;
mod output;
mod parquet;
mod read;
mod report;
mod sarif;
mod split;
mod text;
mod walk;
mod work;

#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    thread::available_parallelism,
};

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use vault_privacy::{Confidence, CustomType, Detector, DetectorConfig, EntityType, Names};

use self::{
    engine::Told,
    finding::Finding,
    html::Html,
    output::{Output, Style},
    read::{Content, Reader, Source},
    report::{Report, Summary},
    sarif::Sarif,
    walk::{Skipped, Walk},
    work::{Samples, Scanner},
};
pub use self::{fail_on::FailOn, format::Format};
use super::{models, printable, progress};

/// Something was found that the caller wants to fail on.
const EXIT_FOUND: u8 = 3;
/// Something could not be read, so that nobody knows what it holds.
const EXIT_INCOMPLETE: u8 = 1;
/// The largest file of the caller's own types.
const MAX_CUSTOM_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Finds personal data and secrets in files and folders, on this machine alone.
///
/// JSON, JSON lines and Parquet are read field by field, CSV cell by cell, other text line by line, gzip unpacked. Files
/// may be larger than memory. Found values are never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  vault-server scan chats.jsonl logs/\n  \
    vault-server scan --fail-on high --json . > findings.jsonl\n  \
    vault-server scan --fail-on secrets --sarif scan.sarif --html scan.html src/\n  \
    zcat dump.gz | vault-server scan --format jsonl -\n\n\
    Exit codes: 0 nothing to fail on, 3 something was found, 1 something could not be read, 2 a wrong argument.")]
pub struct ScanArgs {
    /// Files and folders, `-` for standard input; .git folders, links and binary files are passed over.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Reports as JSON lines.
    #[arg(long)]
    pub json: bool,
    /// Writes a SARIF 2.1.0 report to this file too.
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Writes an HTML report to this file too, with masked samples.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Leaves out what is less sure, from 0 to 1.
    #[arg(long, value_name = "CONFIDENCE", default_value = "0.5", value_parser = parse_confidence)]
    pub min_confidence: Confidence,
    /// Looks for these types alone, such as `email,credit_card`, or types of --custom.
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Looks for types of one's own too: a JSON file of their definitions, as the API takes and lists them.
    #[arg(long, value_name = "FILE")]
    pub custom: Option<PathBuf>,
    /// Leaves out what is known to be nobody's: test cards, addresses of documentation, sample numbers.
    #[arg(long)]
    pub skip_test_values: bool,
    /// Looks for no names, addresses, places and organizations in free text, which is several times as fast.
    #[arg(long)]
    pub no_names: bool,
    /// Asks a model of one's own too: the folder of an ONNX model that labels tokens.
    #[arg(long, value_name = "FOLDER")]
    pub model: Option<PathBuf>,
    /// What makes the command fail: any, never, secrets, a sensitivity or more (low, medium, high, critical), or types.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "any")]
    pub fail_on: Vec<FailOn>,
    /// Reads everything as this, whatever its name says.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
    /// How many threads scan; by default one for each core.
    #[arg(long, value_name = "COUNT")]
    pub threads: Option<NonZeroUsize>,
}

pub(super) fn parse_confidence(text: &str) -> Result<Confidence, &'static str> {
    text.parse()
        .ok()
        .and_then(Confidence::from_fraction)
        .ok_or("must be a number from 0 to 1")
}

pub(super) fn parse_type(text: &str) -> Result<EntityType, String> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = EntityType::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("is none of {}", known.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
/// When an argument names what there is not, the detector cannot be built, or a report cannot be written. A file that
/// cannot be read is told of and passed over; the exit code is then not 0.
pub fn scan(args: ScanArgs) -> anyhow::Result<ExitCode> {
    // the line in the order of findings is this thread's; output of others must not wait for it
    let mut out = BufWriter::new(io::stdout());
    let code = run(args, &mut out, &mut io::stderr())?;
    out.flush().context("cannot write the findings")?;
    Ok(ExitCode::from(code))
}

fn run(args: ScanArgs, out: &mut dyn Write, notes: &mut dyn Write) -> anyhow::Result<u8> {
    let custom = args
        .custom
        .as_deref()
        .map(custom_types)
        .transpose()?
        .unwrap_or_default();
    check_types(&args, &custom)?;
    let walk = Walk::of(&args.paths);
    let bar = progress::of_bytes("scanning", walk.has_known_size.then_some(walk.size_bytes));
    let reports = reports(&args, &custom, out, &bar)?;
    let detector = detector(&args, custom)?;
    let scanner = Scanner {
        detector: &detector,
        samples: if args.html.is_some() {
            Samples::Masked
        } else {
            Samples::None
        },
    };
    let reader = Reader {
        scanner,
        format: args.format,
        bar,
        texts: 0,
    };
    let threads = args
        .threads
        .unwrap_or_else(|| available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let sources = &walk.sources;
    let mut scan = Scan {
        args,
        reports,
        names: sources.iter().map(Source::name).collect(),
        current: 0,
        skipped: walk.skipped,
        unread: walk.unread,
        files: 0,
        failing: 0,
    };
    engine::scan(scanner, threads, sources, reader, &mut |told| scan.hear(told))?;
    scan.finish(notes)
}

/// All types are looked for, whatever was asked for: where a path names a key that holds one, it must be hidden.
fn detector(args: &ScanArgs, custom_types: Vec<CustomType>) -> anyhow::Result<Detector> {
    let least = DetectorConfig::default().min_confidence.min(args.min_confidence);
    let config = DetectorConfig {
        min_confidence: least,
        custom_types,
        names: if args.no_names { Names::Off } else { Names::On },
        ..DetectorConfig::default()
    };
    let detector = Detector::new(config).context("cannot build the detector")?;
    models::with_model(detector, args.model.as_deref())
}

fn custom_types(path: &Path) -> anyhow::Result<Vec<CustomType>> {
    let read = || -> anyhow::Result<Vec<CustomType>> {
        let mut text = String::new();
        let file = io::Read::take(File::open(path)?, MAX_CUSTOM_FILE_BYTES + 1);
        io::Read::read_to_string(&mut { file }, &mut text)?;
        if text.len() as u64 > MAX_CUSTOM_FILE_BYTES {
            bail!("it is larger than {MAX_CUSTOM_FILE_BYTES} bytes");
        }
        Ok(vault_privacy::custom::parse_definitions(&text)?)
    };
    read().with_context(|| {
        format!(
            "the types of {} cannot be read",
            printable(&path.to_string_lossy())
        )
    })
}

/// Whether every type that the arguments name exists.
fn check_types(args: &ScanArgs, custom: &[CustomType]) -> anyhow::Result<()> {
    let is_custom = |name: &str| custom.iter().any(|custom| custom.name == name);
    for name in args.types.iter().filter(|name| !is_custom(name)) {
        if let Err(why) = parse_type(name) {
            bail!("--types: {} {why}", printable(name));
        }
    }
    for fail_on in &args.fail_on {
        if let FailOn::Custom(name) = fail_on
            && !is_custom(name)
        {
            bail!(
                "--fail-on: {} is neither any, never, secrets, a sensitivity nor a type",
                printable(name)
            );
        }
    }
    Ok(())
}

fn reports<'w>(
    args: &ScanArgs,
    custom: &[CustomType],
    out: &'w mut dyn Write,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Box<dyn Report + 'w>>> {
    let style = if args.json { Style::Json } else { Style::Text };
    let mut reports: Vec<Box<dyn Report + 'w>> = vec![Box::new(Output::new(style, out, bar.clone()))];
    let create = |path: &Path| {
        let created = File::create(path).map(BufWriter::new);
        created.with_context(|| format!("cannot write {}", printable(&path.to_string_lossy())))
    };
    if let Some(path) = &args.sarif {
        let custom: Vec<_> = custom
            .iter()
            .map(|custom| (custom.name.clone(), custom.sensitivity))
            .collect();
        reports.push(Box::new(Sarif::begin(create(path)?, &custom)?));
    }
    if let Some(path) = &args.html {
        reports.push(Box::new(Html::new(create(path)?)));
    }
    Ok(reports)
}

struct Scan<'w> {
    args: ScanArgs,
    reports: Vec<Box<dyn Report + 'w>>,
    names: Vec<String>,
    /// Which source is being told of.
    current: usize,
    skipped: Skipped,
    /// What could not be read, and why.
    unread: Vec<(PathBuf, String)>,
    files: u64,
    failing: u64,
}

impl Scan<'_> {
    fn hear(&mut self, told: Told) -> anyhow::Result<()> {
        match told {
            Told::Begun(index) => self.current = index,
            Told::Found(finding) if is_wanted(&self.args, &finding) => {
                self.failing += u64::from(self.args.fail_on.iter().any(|what| what.is_met_by(&finding)));
                let name = self.names.get(self.current).map_or("", String::as_str);
                for report in &mut self.reports {
                    report
                        .finding(name, &finding)
                        .context("cannot write the findings")?;
                }
            }
            Told::Found(_) => {}
            Told::Failed(error) => self.not_read(format!("{:#}", anyhow::Error::from(error))),
            Told::Ended(read) => {
                let path = PathBuf::from(self.names.get(self.current).cloned().unwrap_or_default());
                match read {
                    Ok(Content::Text) if self.is_unread(&path) => {}
                    Ok(Content::Text) => self.files += 1,
                    Ok(Content::Binary) => self.skipped.binary.add(&path),
                    Err(error) => self.not_read(error.to_string()),
                }
            }
        }
        Ok(())
    }

    fn is_unread(&self, path: &Path) -> bool {
        self.unread.last().is_some_and(|(last, _)| last == path)
    }

    /// Some of the present source, or all of it, was not read; told once.
    fn not_read(&mut self, why: String) {
        let path = PathBuf::from(self.names.get(self.current).cloned().unwrap_or_default());
        if !self.is_unread(&path) {
            self.unread.push((path, why));
        }
    }

    fn finish(mut self, notes: &mut dyn Write) -> anyhow::Result<u8> {
        let summary = Summary {
            files: self.files,
            skipped: &self.skipped,
            unread: &self.unread,
        };
        for report in &mut self.reports {
            report.finish(&summary).context("cannot write the findings")?;
        }
        let mut note = || -> io::Result<()> {
            self.skipped.tell(notes)?;
            for (path, why) in &self.unread {
                writeln!(
                    notes,
                    "not read: {}: {}",
                    printable(&path.to_string_lossy()),
                    printable(why)
                )?;
            }
            Ok(())
        };
        note().context("cannot write to standard error")?;
        Ok(match (self.failing, self.unread.len()) {
            (0, 0) => 0,
            (0, _) => EXIT_INCOMPLETE,
            _ => EXIT_FOUND,
        })
    }
}

fn is_wanted(args: &ScanArgs, finding: &Finding) -> bool {
    let named = || {
        let kind = &finding.kind;
        args.types
            .iter()
            .any(|name| name == kind.name() || name == kind.entity_type.as_str())
    };
    finding.confidence >= args.min_confidence
        && !(args.skip_test_values && finding.test_value)
        && (args.types.is_empty() || named())
}
