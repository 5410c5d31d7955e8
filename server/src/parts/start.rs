//! Starting what runs beside the requests.

use std::sync::Arc;

use vault_event_store::{
    CustomTypeChanges, KeyRows, RuleChanges,
    tree::{Sealer, SelfAudit},
};
use vault_projections::{Opener, Projector, core_projections, watch_lag};
use vault_publishing::Publisher;
use vault_queries::Queries;

use super::Parts;
use crate::{
    archiving, contents, erasing,
    follower::{Follower, Held},
    key_changes::HeldKeys,
    rewrapping::{self, RewrapSettings},
    rotation,
    rule_changes::HeldRules,
    type_changes::HeldDetectors,
    witnesses::Witnesses,
};

impl Parts {
    /// Lets the log tell what of these others change.
    fn follow(&self, held: impl Held) {
        let follower = Follower {
            held,
            log: self.queries.log.clone(),
            database: self.queries.database.clone(),
            head: self.queries.head.subscribe(),
        };
        self.spawn(follower.run(self.stop_tasks.clone()));
    }

    /// Starts what every process that serves requests runs beside them.
    pub fn start_followers(&self) {
        let Queries {
            database,
            head,
            read_models,
            ..
        } = &*self.queries;
        self.spawn(
            head.clone()
                .announce(database.writer_options(), self.stop_tasks.clone()),
        );
        self.spawn(
            head.clone()
                .follow(database.writer_options(), self.stop_tasks.clone()),
        );
        self.spawn(
            read_models
                .clone()
                .follow(database.writer.clone(), self.stop_tasks.clone()),
        );
        self.follow(HeldKeys {
            keys: Arc::clone(&self.keys),
            rows: KeyRows::new(database.clone()),
        });
        self.follow(HeldDetectors {
            vault: Arc::clone(&self.vault),
            changes: CustomTypeChanges::new(database.clone()),
        });
        self.follow(HeldRules {
            rules: Arc::clone(&self.vault.rules),
            rows: Arc::clone(&self.queries.rows),
            changes: RuleChanges::new(database.clone()),
            database: database.clone(),
        });
        self.spawn(watch_lag(database.writer.clone(), self.stop_tasks.clone()));
    }

    /// Starts the projectors; of each, one instance across all processes is active.
    pub fn start_projectors(&self) {
        for projection in core_projections(&Opener::new(Arc::clone(&self.keys))) {
            let projector = Projector {
                projection,
                database: self.queries.database.clone(),
                head: self.queries.head.clone(),
                read_models: self.queries.read_models.clone(),
            };
            self.spawn(projector.run(self.stop_tasks.clone()));
        }
    }

    /// Starts what vouches for the log, and what checks it; of all processes one at a time does either.
    ///
    /// # Errors
    /// When no witness could be asked.
    pub fn start_sealing(&self) -> anyhow::Result<()> {
        let sealer = Sealer::new(
            self.queries.database.clone(),
            self.queries.head.clone(),
            self.mac_key.clone(),
            self.queries.log_keys.clone(),
            Arc::clone(&self.clock),
        );
        self.spawn(sealer.run(self.stop_tasks.clone()));
        let audit = SelfAudit {
            database: self.queries.database.clone(),
            mac_key: self.mac_key.clone(),
            keys: self.queries.log_keys.clone(),
            clock: Arc::clone(&self.clock),
        };
        self.spawn(audit.run(self.stop_tasks.clone()));
        if !self.witness_urls.is_empty() {
            let witnesses = Witnesses::new(
                self.queries.tree.clone(),
                self.queries.witnesses.witnesses(),
                &self.witness_urls,
                &self.clock,
            )?;
            self.spawn(witnesses.run(self.stop_tasks.clone()));
        }
        Ok(())
    }

    /// Starts the publisher, if there is somewhere to publish to; one instance across all processes is active.
    pub fn start_publishing(&self) {
        if let Some(config) = &self.kafka {
            let Queries { database, head, .. } = &*self.queries;
            let publisher = Publisher::new(config.clone(), database.clone(), head.clone());
            self.spawn(publisher.run(self.stop_tasks.clone()));
        }
    }

    /// Starts what archives old events, if it was said how old; of all processes one at a time does it.
    pub fn start_archiving(&self) {
        if let Some(after_days) = self.archive_after_days {
            archiving::start(self, after_days);
        }
    }

    /// Starts what finishes erasures, and ends their epochs in time.
    pub fn start_erasing(&self) {
        erasing::start(self);
    }

    /// Starts what removes large contents that nothing names.
    pub fn start_collecting(&self) {
        contents::start(self);
    }

    /// Starts what rotates old keys.
    pub fn start_rotation(&self, after_days: u32) {
        rotation::start(self, after_days);
    }

    /// Starts what seals contents anew.
    pub fn start_rewrapping(&self, settings: RewrapSettings) {
        rewrapping::start(self, settings);
    }
}
