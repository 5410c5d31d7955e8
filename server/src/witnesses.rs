//! The task that asks the witnesses of the log for cosignatures: of all processes one, beside the sealer, which never
//! waits for it.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use futures::future::join_all;
use reqwest::{Client, Response, Url, header::RETRY_AFTER, redirect};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vault_domain::Clock;
use vault_event_store::tree::{
    MAX_ANSWER_BYTES, SignedHead, Tree, TreeError, WitnessAnswer, WitnessKey, WitnessPolicy, WitnessTrouble,
    add_checkpoint,
};

use crate::config::{Config, WitnessConfig};

/// How often all witnesses are asked for the newest head: the same one, so that one head gets all cosignatures.
const PAUSE: Duration = Duration::from_secs(2);
/// The pauses after requests that were not answered with a cosignature: doubled each time, and up to a half longer.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);
/// The longest pause that a witness may ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(10);
/// How long a witness may take to be connected, and to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often a process asks whether it is the one.
const LEASE_PAUSE: Duration = Duration::from_secs(5);
/// How often the size of a witness's last tree is corrected in a turn: another vault may ask it too.
const CORRECTIONS: usize = 3;

/// Who is asked, and where.
#[derive(Debug, Clone, Default)]
pub struct WitnessSettings {
    /// The witnesses.
    pub policy: WitnessPolicy,
    /// Where each is, in the same order.
    pub urls: Vec<Url>,
}

impl WitnessSettings {
    /// By the configuration.
    ///
    /// # Errors
    /// When a key is malformed.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let urls: Result<_, _> = config
            .audit
            .witnesses
            .iter()
            .map(WitnessConfig::address)
            .collect();
        Ok(Self {
            policy: config.audit.witness_policy()?,
            urls: urls?,
        })
    }
}

/// Asks the witnesses.
pub(crate) struct Witnesses {
    asked: Vec<Asked>,
    tree: Tree,
}

/// One witness.
struct Asked {
    witness: WitnessKey,
    url: Url,
    client: Client,
    tree: Tree,
    clock: Arc<dyn Clock>,
}

/// Why a turn did not end with a cosignature.
struct Failed {
    trouble: WitnessTrouble,
    /// The size of the witness's last tree, if it said so.
    size: u64,
    retry_after: Option<Duration>,
}

impl Witnesses {
    pub(crate) fn new(
        tree: Tree,
        witnesses: &[WitnessKey],
        urls: &[Url],
        clock: &Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        crate::tls::install();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("llm-data-vault/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("witnesses cannot be asked")?;
        let asked = witnesses.iter().zip(urls).map(|(witness, url)| Asked {
            witness: witness.clone(),
            url: endpoint(url),
            client: client.clone(),
            tree: tree.clone(),
            clock: Arc::clone(clock),
        });
        Ok(Self {
            asked: asked.collect(),
            tree,
        })
    }

    /// Chooses the newest head again and again.
    async fn choose(&self, newest: &watch::Sender<Option<SignedHead>>) {
        loop {
            match self.tree.latest().await {
                Ok(head) => {
                    newest.send_if_modified(|chosen| {
                        let is_new = *chosen != head;
                        chosen.clone_from(&head);
                        is_new
                    });
                }
                Err(error) => tracing::warn!(error = %error, "what witnesses shall sign cannot be read"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Runs until `stop` is cancelled.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let forever = async {
            loop {
                match self.tree.lead_witnessing().await {
                    Ok(Some(mut lease)) => {
                        let newest = watch::Sender::new(None);
                        let follow = self.asked.iter().map(|asked| asked.follow(newest.subscribe()));
                        tokio::select! {
                            () = lease.hold() => {}
                            () = self.choose(&newest) => {}
                            _ = join_all(follow) => {}
                        }
                    }
                    Ok(None) => {}
                    Err(error) => tracing::warn!(error = %error, "witnesses are not asked now"),
                }
                tokio::time::sleep(LEASE_PAUSE).await;
            }
        };
        let _: Option<()> = stop.run_until_cancelled(forever).await;
    }
}

impl Asked {
    /// Has each head cosigned that is chosen, or the newest of them after a pause.
    async fn follow(&self, mut newest: watch::Receiver<Option<SignedHead>>) {
        let (mut failures, mut has_answered) = (0, false);
        let mut told = None;
        loop {
            let Some(head) = newest.borrow_and_update().clone() else {
                if newest.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let pause = match self.turn(&head, &mut has_answered).await {
                Ok(Ok(())) => {
                    (failures, told) = (0, None);
                    if newest.changed().await.is_err() {
                        return;
                    }
                    continue;
                }
                Ok(Err(failed)) => {
                    if told != Some(failed.trouble) {
                        self.tell(failed.trouble);
                        told = Some(failed.trouble);
                    }
                    self.record(failed.size, Some(failed.trouble)).await;
                    failures += 1;
                    backoff(failures, failed.retry_after)
                }
                Err(error) => {
                    tracing::warn!(error = %error, "what a witness shall sign cannot be read");
                    failures += 1;
                    backoff(failures, None)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Has a head cosigned, unless it is, and the witness was heard since this process asks it: a database that was put
    /// back does not know what was cosigned after it.
    async fn turn(
        &self,
        head: &SignedHead,
        has_answered: &mut bool,
    ) -> Result<Result<(), Failed>, TreeError> {
        let state = self.tree.witness(&self.witness).await?;
        self.measure(head, state.cosigned_size);
        if *has_answered && state.cosigned_size >= head.head.size {
            return Ok(Ok(()));
        }
        let mut old_size = state.cosigned_size.min(head.head.size);
        for _ in 0..CORRECTIONS {
            let proof = self.tree.consistency(old_size, head.head).await?;
            let (answer, retry_after) = self.ask(head, add_checkpoint(&proof, head)).await;
            *has_answered |= answer != WitnessAnswer::Refused(WitnessTrouble::Away);
            let failed = |trouble, size| Failed {
                trouble,
                size,
                retry_after,
            };
            match answer {
                WitnessAnswer::Cosigned(line) => {
                    let now = self.clock.now();
                    self.tree
                        .keep_cosignature(&self.witness, head, &line, now)
                        .await?;
                    self.record(head.head.size, None).await;
                    self.measure(head, head.head.size);
                    return Ok(Ok(()));
                }
                WitnessAnswer::OtherSize(size) if size == old_size => {
                    return Ok(Err(failed(WitnessTrouble::OtherLog, size)));
                }
                WitnessAnswer::OtherSize(size) => {
                    let last = self.tree.latest().await?.map_or(0, |latest| latest.head.size);
                    if size > last {
                        return Ok(Err(failed(WitnessTrouble::Ahead(size), size)));
                    }
                    if size > head.head.size {
                        // it has seen a newer head of this log already, which comes next
                        return Ok(Ok(()));
                    }
                    old_size = size;
                }
                WitnessAnswer::Refused(trouble) => return Ok(Err(failed(trouble, old_size))),
            }
        }
        let trouble = WitnessTrouble::Busy;
        Ok(Err(Failed {
            trouble,
            size: old_size,
            retry_after: None,
        }))
    }

    /// Sends one request; what is not understood is no fault of ours.
    async fn ask(&self, head: &SignedHead, body: String) -> (WitnessAnswer, Option<Duration>) {
        let away = (WitnessAnswer::Refused(WitnessTrouble::Away), None);
        let Ok(mut response) = self.client.post(self.url.clone()).body(body).send().await else {
            return away;
        };
        let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
        let Some(body) = bounded(&mut response).await else {
            return away;
        };
        (
            WitnessAnswer::read(&self.witness, head, status, &body),
            retry_after,
        )
    }

    async fn record(&self, size: u64, trouble: Option<WitnessTrouble>) {
        let now = self.clock.now();
        let recorded = self.tree.record_witness(&self.witness, size, trouble, now).await;
        if let Err(error) = recorded {
            tracing::warn!(error = %error, "how a witness answered could not be written down");
        }
    }

    fn tell(&self, trouble: WitnessTrouble) {
        let witness = self.witness.name();
        if trouble.is_alarm() {
            tracing::error!(witness, trouble = %trouble, "a witness doubts the log");
        } else {
            tracing::warn!(witness, trouble = %trouble, "a witness does not cosign");
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge need not tell sizes beyond 2^52 exactly"
    )]
    fn measure(&self, head: &SignedHead, cosigned_size: u64) {
        let name = self.witness.name().to_owned();
        let lag = head.head.size.saturating_sub(cosigned_size);
        metrics::gauge!("log_witnessed_position", "witness" => name.clone()).set(cosigned_size as f64);
        metrics::gauge!("log_witness_lag_events", "witness" => name).set(lag as f64);
    }
}

/// `add-checkpoint` below the witness's address.
fn endpoint(url: &Url) -> Url {
    let mut url = url.clone();
    let path = format!("{}/add-checkpoint", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// The text of an answer; none if it breaks off, is too long or no text.
async fn bounded(response: &mut Response) -> Option<String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            return None;
        }
    }
    String::from_utf8(body).ok()
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
}

/// How long to wait after this many failures in a row; many vaults that lost a witness do not return together.
fn backoff(failures: u32, retry_after: Option<Duration>) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(1 << (failures.saturating_sub(1)).min(30));
    let pause = doubled.min(LONGEST_BACKOFF).max(retry_after.unwrap_or_default());
    pause + pause.mul_f64(jitter() / 2.0)
}

/// A number from 0 to 1.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(0_u8);
    f64::from(u32::try_from(random >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_stands_below_the_address() {
        for (url, expected) in [
            ("https://w.example", "https://w.example/add-checkpoint"),
            ("https://w.example/", "https://w.example/add-checkpoint"),
            ("http://w.example:8/a/b/", "http://w.example:8/a/b/add-checkpoint"),
        ] {
            assert_eq!(endpoint(&url.parse().expect("a URL")).as_str(), expected);
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_honour_the_witness() {
        for (failures, retry_after, least) in [(1, None, 1), (3, None, 4), (40, None, 60), (1, Some(90), 90)]
        {
            let pause = backoff(failures, retry_after.map(Duration::from_secs));
            let least = Duration::from_secs(least);
            assert!(
                (least..=least.mul_f64(1.5)).contains(&pause),
                "{failures}: {pause:?}"
            );
        }
    }
}
