//! How long the stages of a request take, for the header `Server-Timing`.

use std::time::{Duration, Instant};

/// The number of stages for which there is room from the start.
const STAGES_EXPECTED: usize = 8;

/// Measures stages that follow each other.
pub struct StageTimer {
    since: Instant,
    stages: Vec<(&'static str, Duration)>,
}

impl StageTimer {
    /// Begins the first stage.
    pub fn start() -> StageTimer {
        StageTimer { since: Instant::now(), stages: Vec::with_capacity(STAGES_EXPECTED) }
    }

    /// Ends a stage and begins the next.
    pub fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.stages.push((stage, now - self.since));
        self.since = now;
    }

    /// The stages that were measured, followed by those of a later part of the request.
    pub fn followed_by(mut self, later: &[(&'static str, Duration)]) -> Vec<(&'static str, Duration)> {
        self.stages.extend_from_slice(later);
        self.stages
    }
}
