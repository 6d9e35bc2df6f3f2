//! What was measured, and the table that is printed of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::known::Known;
use super::stage::Fault;

/// The figures of all rounds, by the kind of fault.
#[derive(Default)]
pub struct Figures(BTreeMap<String, KindFigures>);

#[derive(Default)]
struct KindFigures {
    rounds: usize,
    acknowledged: usize,
    in_doubt: usize,
    answers: Vec<Duration>,
    recoveries: Vec<Duration>,
}

impl Figures {
    pub fn note(&mut self, fault: Fault, known: &Known, answers: &[Duration], recoveries: &[Duration]) {
        let (acknowledged, in_doubt) = known.counts();
        let figures = self.0.entry(format!("{fault:?}")).or_default();
        figures.rounds += 1;
        figures.acknowledged += acknowledged;
        figures.in_doubt += in_doubt;
        figures.answers.extend(answers);
        figures.recoveries.extend(recoveries);
    }

    /// The longest time that an answer took, or a recovery.
    pub fn longest(&self) -> Duration {
        let all = self.0.values().flat_map(|figures| figures.answers.iter().chain(&figures.recoveries));
        all.max().copied().unwrap_or_default()
    }

    /// A line for each kind of fault.
    pub fn table(&mut self) -> String {
        let mut text =
            "fault | times | acknowledged | in doubt | slowest answer | recovery: median | longest\n"
                .to_owned();
        for (fault, figures) in &mut self.0 {
            figures.recoveries.sort();
            let median = figures.recoveries.get(figures.recoveries.len() / 2).copied().unwrap_or_default();
            let longest = figures.recoveries.last().copied().unwrap_or_default();
            let slowest = figures.answers.iter().max().copied().unwrap_or_default();
            let KindFigures { rounds, acknowledged, in_doubt, .. } = figures;
            text += &format!(
                "{fault} | {rounds} | {acknowledged} | {in_doubt} | {slowest:.2?} | {median:.2?} | {longest:.2?}\n"
            );
        }
        text
    }
}
