//! `/_/clock`, in dev mode only: what time it is, when something comes due next, and turning it on. It is answered when all that came due is done, so
//! that a test need not wait.

use std::time::Duration;

use odata::date_time::Ticks;
use odata::{Json, Key, duration};
use uuid::Uuid;

use crate::clock::LATEST;
use crate::engine::Engine;
use crate::handlers::{ClockEvent, JobKind};
use crate::{Answer, Call, Error, ErrorKind, Status, Verb};

/// The path of the clock, which is no part of the model.
pub(crate) const PATH: &str = "/_/clock";

/// The farthest that one call turns the clock.
const TURN_MAX_TICKS: i64 = 10 * 366 * 86_400 * 10_000_000;
/// The number of jobs that one call turns the clock on to.
const TURNS_MAX: usize = 1_000;

impl Engine {
    /// Answers a call of `/_/clock`.
    pub(crate) async fn clock(&self, call: &Call) -> Result<Answer, Error> {
        refuse_options(&call.query)?;
        if call.verb == Verb::Post {
            self.turn(call).await?;
            self.prune(Duration::ZERO).await?;
            self.sign_due().await;
        }
        let now = self.clock.now();
        let next = self.store.next_job().await?.map_or_else(|| "null".to_owned(), |due| format!("\"{due}\""));
        Ok(Answer::json(Status::Ok, format!("{{\"now\":\"{now}\",\"next\":{next}}}")))
    }

    async fn turn(&self, call: &Call) -> Result<(), Error> {
        let how = || {
            let example = r#"{"advance":"PT15M"} or {"until":"<event>:<id>"}"#;
            Error::bad_request(format!("The clock takes one of {example}."))
        };
        let Json::Object(members) = Json::parse(&call.body)? else { return Err(how()) };
        match members.as_slice() {
            [(name, Json::String(text))] if name == "advance" => {
                let span = duration::parse(text).filter(|span| (0..=TURN_MAX_TICKS).contains(span));
                self.turn_through(span.ok_or_else(|| {
                    Error::bad_request(
                        "'advance' takes a duration from PT0S to ten years, such as PT15M or P30D.",
                    )
                })?)
                .await
            }
            [(name, Json::String(text))] if name == "until" => self.turn_until(call, text).await,
            _ => Err(how()),
        }
    }

    /// Turns the clock on from one job that comes due to the next, so that what follows from the first is begun when it is
    /// done, and not when all of the time has passed.
    async fn turn_through(&self, span: i64) -> Result<(), Error> {
        let end = self.clock.now().0.saturating_add(span);
        is_within(end)?;
        self.settle().await?;
        for _ in 0..TURNS_MAX {
            match self.store.next_job().await? {
                Some(Ticks(due)) if due <= end => self.turn_to(due)?,
                _ => break,
            }
            self.settle().await?;
        }
        self.turn_to(end)?;
        self.settle().await
    }

    fn turn_to(&self, time: i64) -> Result<(), Error> {
        is_within(time)?;
        self.clock.advance(time.saturating_sub(self.clock.now().0)).map_err(|reason| Error {
            detail: Some(reason.into()),
            ..Error::new(
                ErrorKind::Internal,
                "It cannot be kept how far the clock is turned, so it is not; the log has the reason.",
            )
        })
    }

    /// Turns the clock on to an event. One that has happened takes no time.
    async fn turn_until(&self, call: &Call, text: &str) -> Result<(), Error> {
        let named = text.split_once(':').filter(|(_, id)| !id.is_empty());
        let known = named.and_then(|(name, id)| {
            Some((self.handlers.clock_events().find(|(_, event)| event.name == name)?, id))
        });
        let ((kind, event), id) = known.ok_or_else(|| {
            let names: Vec<String> =
                self.handlers.clock_events().map(|(_, event)| format!("{}:<id>", event.name)).collect();
            Error::bad_request(format!("'until' takes one of {}.", names.join(", "))).about("until")
        })?;
        let subject = Key::parse(id);
        self.check_subject(call, (kind, event), id, &subject).await?;
        self.settle().await?;
        for _ in 0..TURNS_MAX {
            let Some(Ticks(due)) = self.due(call, kind, &subject).await? else { return Ok(()) };
            self.turn_to(due)?;
            self.settle().await?;
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "What is waited for fails again and again; the log has the reason.",
        ))
    }

    /// Refuses to wait for an event that will never happen because there is no entity that it could happen to.
    async fn check_subject(
        &self,
        call: &Call,
        (kind, event): (JobKind, ClockEvent),
        id: &str,
        subject: &Key,
    ) -> Result<(), Error> {
        // What ended cannot be told from what never was; ours have GUIDs.
        if event.ends_entity && Uuid::try_parse(id).is_ok() {
            return Ok(());
        }
        let found = match self.handlers.worker(kind.number) {
            Some((_, worker)) => self.store.get(call.caller.tenant, worker.set(), None, subject).await?,
            None => None,
        };
        let (name, shown) = (event.name, &id[..id.floor_char_boundary(200)]);
        let message = || format!("'until' waits for the {name} of '{shown}', which does not exist.");
        found.map(|_| ()).ok_or_else(|| Error::new(ErrorKind::NotFound, message()).about("until"))
    }

    /// The time of the next job that may bring the event; none if it has happened.
    async fn due(&self, call: &Call, kind: JobKind, subject: &Key) -> Result<Option<Ticks>, Error> {
        let Some((_, worker)) = self.handlers.worker(kind.number) else { return Ok(None) };
        for subject in [subject, &worker.subject(subject)] {
            if let Some(due) = self.store.job_due(call.caller.tenant, kind.number, subject).await? {
                return Ok(Some(due));
            }
        }
        let context = self.context(call, self.clock.now());
        match worker.is_awaited(&context, subject).await? {
            true => Ok(self.store.next_job().await?),
            false => Ok(None),
        }
    }
}

/// The clock takes no query options.
fn refuse_options(query: &str) -> Result<(), Error> {
    match query.split('&').find(|option| !option.is_empty()) {
        None => Ok(()),
        Some(option) => {
            let name = option.split_once('=').map_or(option, |(name, _)| name);
            let shown = &name[..name.floor_char_boundary(40)];
            let error = Error::bad_request(format!("There is no query option '{shown}' here."));
            Err(error.coded(odata::code::UNKNOWN_OPTION).about(shown))
        }
    }
}

fn is_within(time: i64) -> Result<(), Error> {
    match time > LATEST.0 {
        true => Err(Error::bad_request("The clock cannot be turned on that far.")),
        false => Ok(()),
    }
}
