//! In which order the units of a batch are done: as if one after the other, but reads side by side.

use super::{BatchPlan, BatchUnit, Method};

/// The most reads that go side by side: more would only wait for one another in the database.
const READS_MAX: usize = 4;

impl BatchPlan {
    /// The units in waves. A wave starts when the one before it is done; within it the units go side by side. That
    /// is a write alone, or reads that follow one another and do not depend on each other.
    pub fn waves(&self) -> Vec<Vec<usize>> {
        let mut waves: Vec<Vec<usize>> = Vec::new();
        for (index, unit) in self.units.iter().enumerate() {
            let joins = |wave: &Vec<usize>| {
                wave.len() < READS_MAX
                    && self.reads(unit)
                    && wave.iter().all(|other| self.reads(&self.units[*other]))
                    && !wave.iter().any(|other| unit.depends_on.contains(other))
            };
            match waves.last_mut().filter(|wave| joins(wave)) {
                Some(wave) => wave.push(index),
                None => waves.push(vec![index]),
            }
        }
        waves
    }

    fn reads(&self, unit: &BatchUnit) -> bool {
        self.requests[unit.requests.clone()].iter().all(|request| request.method == Method::Get)
    }
}
