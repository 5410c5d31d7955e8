//! Logs to standard error, and traces to a collector.

use std::{future::Future, io, io::IsTerminal, time::Duration};

use anyhow::Context as _;
use axum::{extract::Request, middleware::Next, response::Response};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider},
};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tokio::runtime::Runtime;
use tracing::{Dispatch, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt,
};
use vault_http::{RequestContext, TraceContext};

use crate::config::{LogConfig, LogFormat, TelemetryConfig};

const SERVICE_NAME: &str = "vault-server";
/// Where collectors take traces, below their endpoint.
const TRACES_PATH: &str = "/v1/traces";
/// How long the end of the process waits for the last traces.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);
/// What commands log whose output is their answer.
const QUIET_LEVEL: &str = "warn";

/// Sends what is left when it is dropped: keep it to the end of the process.
#[derive(Debug)]
#[must_use = "traces are flushed when it is dropped"]
pub struct Guard {
    provider: Option<SdkTracerProvider>,
    level: LogLevel,
}

/// What is logged, which may change.
#[derive(Debug, Clone)]
pub struct LogLevel(reload::Handle<EnvFilter, Registry>);

impl LogLevel {
    /// Logs by these directives from now on.
    ///
    /// # Errors
    /// When they cannot be understood.
    pub fn set(&self, level: &str) -> anyhow::Result<()> {
        Ok(self.0.reload(filter(level)?)?)
    }
}

fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::builder()
        .parse(level)
        .context("log.level cannot be understood")
}

impl Guard {
    /// What changes what is logged.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        self.level.clone()
    }

    /// Whether traces are sent, so that [`link_trace`] is worth its price.
    #[must_use]
    pub const fn traces(&self) -> Traces {
        if self.provider.is_some() {
            Traces::Sent
        } else {
            Traces::NotSent
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(provider) = self.provider.take() else {
            return;
        };
        if let Err(error) = provider.shutdown_with_timeout(FLUSH_TIMEOUT) {
            tracing::warn!(error = %error, "the last traces were not sent");
        }
    }
}

/// Whether traces are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traces {
    /// To the configured endpoint.
    Sent,
    /// There is no endpoint.
    NotSent,
}

/// For whom a process logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// A server: as the configuration says.
    Configured,
    /// A command whose output is its answer: warnings and errors alone.
    Quiet,
}

/// Begins to log, and to send traces if an endpoint is configured; once in a process.
///
/// # Errors
/// When the log level or the endpoint cannot be understood, or something else logs already.
pub fn init(log: &LogConfig, telemetry: &TelemetryConfig, verbosity: Verbosity) -> anyhow::Result<Guard> {
    let level = match verbosity {
        Verbosity::Configured => &log.level,
        Verbosity::Quiet => QUIET_LEVEL,
    };
    let (dispatch, guard) = build(level, log.format, telemetry.otlp_endpoint.as_deref(), io::stderr)?;
    dispatch.try_init().context("logging was set up before")?;
    Ok(guard)
}

fn build<W>(
    level: &str,
    format: LogFormat,
    endpoint: Option<&str>,
    writer: W,
) -> anyhow::Result<(Dispatch, Guard)>
where
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(filter(level)?);
    let lines = fmt::layer()
        .with_writer(writer)
        .with_ansi(io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let provider = endpoint.map(provider).transpose()?;
    let traces = provider.as_ref().map(|provider| {
        // Entering a span would start its trace, and then the client's could not become its parent.
        tracing_opentelemetry::layer()
            .with_context_activation(false)
            .with_tracer(provider.tracer(SERVICE_NAME))
    });
    let subscriber = tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(traces);
    Ok((
        Dispatch::new(subscriber),
        Guard {
            provider,
            level: LogLevel(handle),
        },
    ))
}

fn provider(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    crate::tls::install();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(traces_endpoint(endpoint))
        .build()
        .context("telemetry.otlp_endpoint cannot be used")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot set up the sending of traces")?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(OnOwnRuntime { exporter, runtime })
        .with_resource(Resource::builder().with_service_name(SERVICE_NAME).build())
        .build())
}

/// The endpoint is the collector's; the path below it belongs to the protocol.
fn traces_endpoint(endpoint: &str) -> String {
    let base = endpoint.trim_end_matches('/');
    if base.ends_with(TRACES_PATH) {
        base.to_owned()
    } else {
        format!("{base}{TRACES_PATH}")
    }
}

/// The batch processor exports on a thread of its own, where the HTTP client finds no runtime. It gets one that does
/// not depend on the server's, which may be gone when the last traces are sent.
#[derive(Debug)]
struct OnOwnRuntime<E> {
    exporter: E,
    runtime: Runtime,
}

impl<E: SpanExporter> SpanExporter for OnOwnRuntime<E> {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        std::future::ready(self.runtime.block_on(self.exporter.export(batch)))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Middleware inside the edge: makes the client's span, named by `traceparent`, the parent of the request's.
pub async fn link_trace(request: Request, next: Next) -> Response {
    if let Some(context) = request.extensions().get::<RequestContext>() {
        link(&Span::current(), &context.trace());
    }
    next.run(request).await
}

fn link(span: &Span, trace: &TraceContext) {
    let Some(parent_id) = trace.parent_id() else {
        return;
    };
    let flags = if trace.is_sampled() {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    let (trace_id, span_id) = (TraceId::from(trace.trace_id()), SpanId::from(parent_id));
    let parent = SpanContext::new(trace_id, span_id, flags, true, TraceState::default());
    // without a collector there is nothing to link
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

#[cfg(test)]
mod tests;
