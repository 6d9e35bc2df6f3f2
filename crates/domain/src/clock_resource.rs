//! `/_/clock`, in dev mode only: what time it is, and turning it on. It is answered when all that came due is done, so
//! that a test need not wait.

use odata::date_time::Ticks;
use odata::{Json, Key, duration};

use crate::jobs::JobKind;
use crate::{Answer, Call, Error, Muster, Status, Verb};

/// Where it is.
pub(crate) const PATH: &str = "/_/clock";

/// The farthest turn at once, and the latest time there is: well before the year 9999, in which times end.
const TURN_MAX_TICKS: i64 = 10 * 366 * 86_400 * 10_000_000;
const LATEST: Ticks = Ticks(9_000 * 366 * 86_400 * 10_000_000);
/// How often the clock is turned on to the next job before what is waited for happens.
const TURNS_MAX: usize = 1_000;

/// What `until` waits for: the word before the colon.
const EVENTS: [(&str, JobKind); 4] = [
    ("import", JobKind::Register),
    ("assignment", JobKind::Advance),
    ("deletion", JobKind::Deregister),
    ("retention", JobKind::Retire),
];

impl Muster {
    /// Answers a call of `/_/clock`.
    pub(crate) async fn clock(&self, call: &Call) -> Result<Answer, Error> {
        if !self.settings.dev {
            return Err(Error::not_found(PATH));
        }
        match call.verb {
            Verb::Get => {}
            Verb::Post => self.turn(call).await?,
            verb => return Err(Error::method_not_allowed(verb, vec![Verb::Get, Verb::Post])),
        }
        let now = self.clock.now();
        Ok(Answer::json(Status::Ok, format!("{{\"now\":\"{now}\"}}")))
    }

    async fn turn(&self, call: &Call) -> Result<(), Error> {
        let how = || {
            let example = r#"{"advance":"PT15M"} or {"until":"import:<id>"}"#;
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

    /// Turns it on from one thing that comes due to the next, so that what follows from the first is begun when it is
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
        self.clock.advance(time.saturating_sub(self.clock.now().0));
        Ok(())
    }

    /// Turns it on to when something happens that was begun; what is over already takes no time.
    async fn turn_until(&self, call: &Call, event: &str) -> Result<(), Error> {
        let known = event.split_once(':').and_then(|(word, id)| {
            let (_, kind) = EVENTS.iter().find(|(known, _)| *known == word)?;
            Some((*kind as i16, Key::parse(id)))
        });
        let (kind, subject) = known.ok_or_else(|| {
            let words = EVENTS.map(|(word, _)| format!("{word}:<id>")).join(", ");
            Error::bad_request(format!("'until' takes one of {words}."))
        })?;
        self.settle().await?;
        for _ in 0..TURNS_MAX {
            let Some(Ticks(due)) = self.due(call, kind, &subject).await? else { return Ok(()) };
            self.turn_to(due)?;
            self.settle().await?;
        }
        Err(Error::new(
            crate::ErrorKind::Conflict,
            "What is waited for fails again and again; the log has the reason.",
        ))
    }

    /// When something is next done that may be what is waited for; none if it has happened.
    async fn due(&self, call: &Call, kind: i16, subject: &Key) -> Result<Option<Ticks>, Error> {
        if let Some(due) = self.store.job_due(call.caller.tenant, kind, subject).await? {
            return Ok(Some(due));
        }
        let context = self.context(call);
        match self.handlers.work(kind) {
            Some(work) if work.is_awaited(&context, subject).await? => Ok(self.store.next_job().await?),
            _ => Ok(None),
        }
    }
}

fn is_within(time: i64) -> Result<(), Error> {
    match time > LATEST.0 {
        true => Err(Error::bad_request("The clock cannot be turned on that far.")),
        false => Ok(()),
    }
}
