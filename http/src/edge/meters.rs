//! Request metrics, by handles that are looked up once per route, method and status.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use axum::{extract::MatchedPath, http::Method};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// The label of requests that match no route: their paths are the clients' inventions.
const UNMATCHED: &str = "unmatched";
/// The status under which requests are counted whose clients went away before the answer.
const CLIENT_GONE: u16 = 499;

#[derive(Debug, Default)]
pub(super) struct Meters {
    active: OnceLock<Gauge>,
    routes: RwLock<HashMap<Box<str>, Arc<RouteMeters>>>,
}

/// The meters of one route. Methods and statuses are few, so that a list is the quickest to search.
#[derive(Debug)]
struct RouteMeters {
    route: Box<str>,
    answers: RwLock<Vec<Answered>>,
}

#[derive(Debug, Clone)]
struct Answered {
    method: &'static str,
    status: u16,
    requests: Counter,
    duration: Histogram,
}

impl Meters {
    /// Counts a request from now until the returned watch is finished or dropped.
    pub(super) fn watch(&self, method: &Method, path: Option<&MatchedPath>) -> Watch {
        let active = self.active.get_or_init(|| gauge!("http_requests_active")).clone();
        active.increment(1.0);
        Watch {
            active,
            route: self.route(path.map_or(UNMATCHED, MatchedPath::as_str)),
            method: method_label(method),
            started: Instant::now(),
            outcome: Outcome::Open,
        }
    }

    fn route(&self, route: &str) -> Arc<RouteMeters> {
        let known = self
            .routes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(route)
            .map(Arc::clone);
        known.unwrap_or_else(|| {
            let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
            let new = || {
                Arc::new(RouteMeters {
                    route: route.into(),
                    answers: RwLock::default(),
                })
            };
            Arc::clone(routes.entry(route.into()).or_insert_with(new))
        })
    }
}

impl RouteMeters {
    fn record(&self, method: &'static str, status: u16, elapsed: Duration) {
        let matches = |answered: &&Answered| answered.status == status && answered.method == method;
        let answers = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answered) = answers.iter().find(matches) {
            answered.add(elapsed);
            return;
        }
        drop(answers);
        let mut answers = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(answered) = answers.iter().find(matches) {
            answered.add(elapsed);
            return;
        }
        let answered = self.register(method, status);
        answered.add(elapsed);
        answers.push(answered);
    }

    fn register(&self, method: &'static str, status: u16) -> Answered {
        let route = self.route.to_string();
        Answered {
            method,
            status,
            requests: counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string()),
            duration: histogram!("http_request_duration_seconds", "method" => method, "route" => route),
        }
    }
}

impl Answered {
    fn add(&self, elapsed: Duration) {
        self.requests.increment(1);
        self.duration.record(elapsed.as_secs_f64());
    }
}

/// A request that is being served.
#[derive(Debug)]
pub(super) struct Watch {
    active: Gauge,
    route: Arc<RouteMeters>,
    method: &'static str,
    started: Instant,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Open,
    Counted,
}

impl Watch {
    pub(super) fn route(&self) -> &str {
        &self.route.route
    }

    pub(super) fn method(&self) -> &'static str {
        self.method
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn finish(&mut self, status: u16, elapsed: Duration) {
        if matches!(self.outcome, Outcome::Open) {
            self.outcome = Outcome::Counted;
            self.route.record(self.method, status, elapsed);
            self.active.decrement(1.0);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.finish(CLIENT_GONE, self.started.elapsed());
    }
}

/// Clients may invent methods, and must not invent labels.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
