//! What the commands about read models say.

use std::fmt::Write as _;

use vault_projections::{ProjectionState, Rebuilt};

/// How a projector stands.
pub(super) fn status(state: &ProjectionState, json: bool) -> String {
    let head = state.position + state.lag_events;
    if json {
        return serde_json::json!({
            "projection": state.projection, "position": state.position, "head": head,
            "lag_events": state.lag_events, "lag_seconds": state.lag_seconds, "updated_at": state.updated_at,
            "stopped_position": state.stopped_position, "stopped_reason": state.stopped_reason,
            "kept_position": state.kept_position, "kept_since": state.kept_since,
        })
        .to_string();
    }
    let mut line = format!("{:<16} {:>12} of {head}", state.projection, state.position);
    if state.lag_events > 0 {
        let _ = write!(line, "  {:.1} s behind", state.lag_seconds);
    }
    if let Some(at) = state.stopped_position {
        let reason = state.stopped_reason.as_deref().unwrap_or("unknown");
        let _ = write!(line, "  STOPPED at {at} ({reason})");
    }
    if let Some(since) = state.kept_since {
        let _ = write!(
            line,
            "  old copy kept since {}",
            since.format("%Y-%m-%d %H:%M:%SZ")
        );
    }
    line
}

/// What came of a rebuild.
pub(super) fn rebuilt(name: &str, rebuilt: &Rebuilt, json: bool) -> String {
    let found = &rebuilt.comparison;
    if json {
        let examples: Vec<_> = found
            .examples
            .iter()
            .map(|row| serde_json::json!({ "tenant": row.tenant, "difference": row.kind.name(), "key": row.key }))
            .collect();
        return serde_json::json!({
            "projection": name, "switched_at": rebuilt.switched_at, "compared_at": found.position,
            "rows": found.rows, "tenants_differing": found.tenants, "missing": found.missing, "extra": found.extra,
            "changed": found.changed, "examples": examples,
        })
        .to_string();
    }
    let mut text = match rebuilt.switched_at {
        Some(position) => format!("{name}: rebuilt from {position} events; "),
        None => format!("{name}: NOT switched, the old rows go on serving; "),
    };
    if found.is_same() {
        let _ = write!(text, "all {} rows are as they were", found.rows);
        return text;
    }
    let _ = write!(
        text,
        "at position {}, of {} old rows {} are missing and {} changed, and {} are new, in {} tenants",
        found.position, found.rows, found.missing, found.changed, found.extra, found.tenants
    );
    for row in &found.examples {
        let _ = write!(
            text,
            "\n  {:<8} {} of tenant {}",
            row.kind.name(),
            row.key,
            row.tenant
        );
    }
    if rebuilt.switched_at.is_none() {
        text.push_str("\n  to let the new rows serve: --accept-differences");
    }
    text
}
