//! What the process tells of itself: log lines on standard error, and traces to an OTLP endpoint if there is one.

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogConfig, LogFormat, TelemetryConfig};

/// The name under which traces are found.
const SERVICE: &str = "vault-server";
/// What commands for people and pipelines log, so that their output stays readable.
const QUIET: &str = "warn";

/// Sends what is left of the traces when it goes out of scope.
#[must_use]
pub struct Guard(Option<SdkTracerProvider>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.take().map(|provider| provider.shutdown()) {
            tracing::warn!(error = %error, "the last traces were not sent");
        }
    }
}

/// Starts logging and tracing; `verbosity` says for whom the process runs.
///
/// # Errors
/// When the level is no filter, or the endpoint cannot be used.
pub fn init(log: &LogConfig, telemetry: &TelemetryConfig, verbosity: Verbosity) -> anyhow::Result<Guard> {
    let directives = match verbosity {
        Verbosity::Configured => log.level.as_str(),
        Verbosity::Quiet => QUIET,
    };
    let filter = EnvFilter::try_new(directives).context("log.level is not a filter")?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let provider = telemetry.otlp_endpoint.as_deref().map(tracer_provider).transpose()?;
    let spans = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE)));
    tracing_subscriber::registry().with(filter).with(lines).with(spans).try_init().context("logging runs already")?;
    Ok(Guard(provider))
}

/// For whom a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// A server: as the configuration says.
    Configured,
    /// A command: warnings only.
    Quiet,
}

fn tracer_provider(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .context("telemetry.otlp_endpoint cannot be used")?;
    let resource = Resource::builder().with_service_name(SERVICE).build();
    Ok(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}
