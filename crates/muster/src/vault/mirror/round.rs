//! A round: all pages of the lists that the other tenant shows, one after the other.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use domain::device_list::exchange::serial_number_paths;
use domain::password_copies::{
    CopiedRegistration, MergeBody, MergeOutcome, PASSWORD_PATHS, shows_password, source_record,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Method, StatusCode};
use server::StartupError;
use uuid::Uuid;

use super::advice::stopped;
use super::mirror_state::MirrorState;
use super::round_log::{PageDone, RegistrationCounts};
use super::round_report::RoundReport;
use super::source::MirrorSource;
use crate::graph_client::{CollectionPage, GraphReply, KeyedBody, ReadFailure, RequestFailure, Stopped};
use crate::vault::merging::Merging;
use crate::vault_arguments::VaultMirrorArguments;

/// The registrations that are made together.
const REGISTRATIONS_AT_ONCE_MAX: usize = 4;
/// The name of all idempotency keys of registrations.
const NAMESPACE: Uuid = Uuid::NAMESPACE_URL;

/// A round through the lists of the other tenant.
pub struct Round<'r> {
    source: &'r MirrorSource,
    merging: &'r Merging<'r>,
    state: &'r mut MirrorState,
    /// The paths of the lists.
    lists: Vec<&'static str>,
    /// The name of the other tenant.
    name: String,
    report: RoundReport,
    /// The serial numbers of which there is a password, there or here, once the registrations are read.
    with_password: HashSet<String>,
}

/// Where a round goes on.
struct RoundPosition {
    list: usize,
    next: Option<String>,
}

impl<'r> Round<'r> {
    pub fn new(
        arguments: &VaultMirrorArguments,
        source: &'r MirrorSource,
        merging: &'r Merging<'r>,
        state: &'r mut MirrorState,
    ) -> Round<'r> {
        let registrations = (!arguments.passwords_only).then_some(CopiedRegistration::PATH);
        let lists = PASSWORD_PATHS.into_iter().chain(registrations).collect();
        let name = format!("{} {}", arguments.from, arguments.from_tenant);
        let (is_rehearsal, is_json) = (arguments.dry_run, arguments.json);
        let report = RoundReport { is_rehearsal, is_json, ..RoundReport::default() };
        Round { source, merging, state, lists, name, report, with_password: HashSet::new() }
    }

    /// Runs it to its end.
    pub async fn run(mut self) -> Result<RoundReport, StartupError> {
        let mut position = self.resume()?;
        while let Some(path) = self.lists.get(position.list).copied() {
            position = self.page(path, position).await?;
        }
        let saw_all = !self.report.passed_over.iter().any(|path| PASSWORD_PATHS.contains(&&**path));
        if saw_all {
            self.report.tell_gone(&self.state.known)?;
        }
        self.state.end_round(saw_all)?;
        self.report.end()?;
        Ok(self.report)
    }

    /// Where a round goes on that ended early.
    fn resume(&mut self) -> Result<RoundPosition, StartupError> {
        let mut position = RoundPosition { list: 0, next: None };
        for page in self.state.begin_round()? {
            position = after(&page);
            self.count(page);
        }
        Ok(position)
    }

    fn count(&mut self, page: PageDone) {
        self.report.counts.add_all(&page.counts);
        self.report.registrations.add_all(&page.registrations);
        self.report.passed_over.extend(page.passed_over);
    }

    /// Does a page; where the round goes on after it.
    async fn page(
        &mut self,
        path: &'static str,
        position: RoundPosition,
    ) -> Result<RoundPosition, StartupError> {
        let RoundPosition { list, next } = position;
        let mut done = PageDone {
            list,
            next: None,
            seen: Vec::new(),
            counts: Default::default(),
            registrations: RegistrationCounts::default(),
            passed_over: None,
        };
        match self.source.page(next.as_deref().unwrap_or(path)).await {
            Ok(CollectionPage { items, next }) => {
                done.next = next;
                match path {
                    CopiedRegistration::PATH => {
                        if self.with_password.is_empty() {
                            self.with_password = self.state.known.serial_numbers().collect();
                        }
                        self.registrations(&items, &mut done).await.map_err(stopped)?;
                    }
                    _ => self.passwords(&items, &mut done).await?,
                }
            }
            // A link holds for a while only: the list is read from its beginning.
            Err(ReadFailure { status: Some(status), .. }) if next.is_some() && is_of_link(status) => {
                return Ok(RoundPosition { list, next: None });
            }
            Err(ReadFailure { status: Some(StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), stopped }) => {
                self.warn(path, &stopped);
                done.passed_over = Some(path.to_owned());
            }
            Err(ReadFailure { stopped: reason, .. }) => return Err(stopped(reason)),
        }
        self.state.note(&done)?;
        let position = after(&done);
        self.count(done);
        if PASSWORD_PATHS.iter().all(|path| self.report.passed_over.iter().any(|passed| passed == path)) {
            // Whoever allows it what it lacks wants it to look again.
            self.state.abandon_round();
            let reason = "the other tenant shows no passwords to this application";
            return Err(stopped(Stopped(reason.to_owned())));
        }
        Ok(position)
    }

    /// Says that a list is not shown.
    fn warn(&self, path: &str, Stopped(reason): &Stopped) {
        // If standard error is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "muster: {path} is passed over: {reason}");
    }

    /// Takes in the passwords of a page.
    async fn passwords(
        &mut self,
        items: &[serde_json::Value],
        done: &mut PageDone,
    ) -> Result<(), StartupError> {
        let mut body = MergeBody::default();
        for item in items {
            let Some(record) = source_record(item).filter(|record| !self.state.known.is_seen(&record.id))
            else {
                continue;
            };
            let serial_number = record.serial_number.clone().unwrap_or_default();
            if !self.state.known.see(&record.id, &serial_number) {
                return Err(stopped(Stopped(
                    "the other tenant has more records than a mirror keeps".to_owned(),
                )));
            }
            done.seen.push((record.id.clone(), serial_number));
            if !shows_password(item) {
                let (id, serial_number) = (record.id, record.serial_number.unwrap_or_default());
                self.tell(MergeOutcome { id, serial_number, outcome: "hidden".to_owned() }, done)?;
                continue;
            }
            body.add(&record);
            if body.is_full() {
                self.merge(std::mem::take(&mut body), done).await?;
            }
        }
        self.merge(body, done).await
    }

    async fn merge(&self, body: MergeBody, done: &mut PageDone) -> Result<(), StartupError> {
        let outcomes = self.merging.send(body).await.map_err(stopped)?;
        outcomes.into_iter().try_for_each(|outcome| self.tell(outcome, done))
    }

    /// Counts a record, and tells of it if it is not as it was.
    fn tell(&self, outcome: MergeOutcome, done: &mut PageDone) -> Result<(), StartupError> {
        done.counts.add(&outcome);
        self.report.tell(&outcome)
    }

    /// Registers what the passwords belong to and is not registered here.
    async fn registrations(&self, items: &[serde_json::Value], done: &mut PageDone) -> Result<(), Stopped> {
        let mut wanted: HashMap<String, CopiedRegistration> = HashMap::new();
        for registration in items.iter().filter_map(CopiedRegistration::read) {
            done.registrations.at_source += 1;
            let serial_number = registration.serial_number.to_ascii_lowercase();
            match self.with_password.contains(&serial_number) {
                true => drop(wanted.entry(serial_number).or_insert(registration)),
                false => done.registrations.without_password += 1,
            }
        }
        let client = self.merging.client;
        for path in serial_number_paths(wanted.values().map(|wanted| &*wanted.serial_number)) {
            for found in client.list(&path).await? {
                if let Some(serial_number) = found["serialNumber"].as_str() {
                    wanted.remove(&serial_number.to_ascii_lowercase());
                }
            }
        }
        if self.merging.rehearses {
            done.registrations.new += wanted.len() as u64;
            return Ok(());
        }
        let made = stream::iter(wanted.into_values()).map(|registration| self.register(registration));
        let made: Vec<bool> = made.buffer_unordered(REGISTRATIONS_AT_ONCE_MAX).try_collect().await?;
        done.registrations.new += made.iter().filter(|made| **made).count() as u64;
        done.registrations.refused += made.iter().filter(|made| !**made).count() as u64;
        Ok(())
    }

    /// Makes a registration; whether the server takes it.
    async fn register(&self, registration: CopiedRegistration) -> Result<bool, Stopped> {
        // Known by its place in the other tenant, it is made once, however often it is sent.
        let name = format!("{} {}", self.name, registration.id);
        let key = Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string();
        let client = self.merging.client;
        let mut retries = client.retries();
        loop {
            let body = KeyedBody { json: registration.body(), idempotency_key: &key };
            match client.ask(Method::POST, CopiedRegistration::PATH, Some(body)).await {
                Ok(GraphReply { status, .. }) if status.is_success() => return Ok(true),
                Ok(GraphReply { body, .. }) => {
                    let reason = body["error"]["message"].as_str().unwrap_or("no reason given");
                    let told = Stopped(format!("{}: {reason}", registration.serial_number));
                    self.warn("a registration", &told);
                    return Ok(false);
                }
                Err(RequestFailure::Temporary(reason, retry_after)) => {
                    retries.wait(reason, retry_after).await?;
                }
                Err(RequestFailure::Refused(_, stopped) | RequestFailure::Final(stopped)) => {
                    return Err(stopped);
                }
            }
        }
    }
}

/// Where a round goes on after a page.
fn after(page: &PageDone) -> RoundPosition {
    match &page.next {
        Some(next) => RoundPosition { list: page.list, next: Some(next.clone()) },
        None => RoundPosition { list: page.list + 1, next: None },
    }
}

/// Whether a refusal may be about a link that holds no more.
fn is_of_link(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::GONE)
}
