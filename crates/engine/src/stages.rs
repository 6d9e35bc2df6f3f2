//! The stages of a call and the time that each took, for `Server-Timing`.

use std::time::{Duration, Instant};

use crate::Answer;

/// The stages that have ended, in their order.
pub(crate) struct Stages {
    begun: Instant,
    ended: Vec<(&'static str, Duration)>,
}

impl Stages {
    /// Begins the first stage.
    pub(crate) fn begin() -> Stages {
        Stages { begun: Instant::now(), ended: Vec::with_capacity(6) }
    }

    /// Ends a stage, and begins the next.
    pub(crate) fn end(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.ended.push((stage, now - self.begun));
        self.begun = now;
    }

    /// The answer with these stages before its own.
    pub(crate) fn before(self, mut answer: Answer) -> Answer {
        answer.timings.splice(0..0, self.ended);
        answer
    }

    /// The same for an answer that was just made: its making is the last stage, unless it has stages of its own.
    pub(crate) fn around(mut self, answer: Answer) -> Answer {
        if answer.timings.is_empty() {
            self.end("execute");
        }
        self.before(answer)
    }
}
