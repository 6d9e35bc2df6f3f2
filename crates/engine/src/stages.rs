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
        Stages { begun: Instant::now(), ended: Vec::with_capacity(7) }
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

    /// The same for an answer that was just made: its making is a stage, and then the time in which its changes were committed,
    /// unless it has stages of its own.
    pub(crate) fn around(mut self, answer: Answer, committing: Duration) -> Answer {
        if answer.timings.is_empty() {
            self.end("execute");
            if let Some((_, execute)) = self.ended.last_mut().filter(|_| !committing.is_zero()) {
                // Several commits may have been waited for at once.
                let commit = committing.min(*execute);
                *execute -= commit;
                self.ended.push(("commit", commit));
            }
        }
        self.before(answer)
    }
}
