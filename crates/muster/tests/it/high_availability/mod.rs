//! What was acknowledged is there, exactly once, and nothing hangs, whatever befalls PostgreSQL, the servers and the
//! network between them

mod figures;
mod known;
mod load;
mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use figures::Figures;
use stage::{Fault, Stage};

/// The longest time that an answer may take, and that may pass from a primary's being there to an acknowledged write.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// A silence that outlasts every bound, and one that does not.
const LONG: Duration = Duration::from_secs(7);
const SHORT: Duration = Duration::from_millis(700);

const PROMOTIONS: [Fault; 4] =
    [Fault::PromoteAfterKill, Fault::PromoteAfterStop, Fault::PromoteAfterCut, Fault::PromoteAfterReturn];
const KILLS: [Fault; 2] = [Fault::KillPrimary, Fault::KillServer];
const CUTS: [Fault; 6] = [
    Fault::Reset,
    Fault::Lose,
    Fault::Refuse(SHORT),
    Fault::Silence(SHORT),
    Fault::Silence(LONG),
    Fault::SilenceStandby(LONG),
];

/// The variable that asks for the long form.
const LONG_FORM: &str = "MUSTER_TEST_HIGH_AVAILABILITY";

#[test]
fn acknowledged_writes_survive_promotions_kills_and_cuts() {
    match std::env::var_os(LONG_FORM) {
        None => short_form(),
        Some(_) => long_form(),
    }
}

/// Some faults, once each. How long anything takes says nothing while other tests run.
fn short_form() {
    let mut stage = Stage::new(2);
    let faults = [Fault::Reset, Fault::KillServer, Fault::KillPrimary, Fault::PromoteAfterKill];
    for (at, fault) in faults.into_iter().enumerate() {
        stage.round(at + 1, fault);
    }
    stage.check_whole();
}

/// 20 promotions, 50 kills and 30 cuts, half of them with one server and half with two. Times count.
fn long_form() {
    let mut figures = Figures::default();
    let failures = [1, 2].map(|servers| perform(servers, &mut figures)).concat();
    eprintln!("{}", figures.table());
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
}

/// The failures of 50 rounds with so many servers. After a round that fails, the next has another stage: nobody knows how
/// it left the former.
fn perform(servers: usize, figures: &mut Figures) -> Vec<String> {
    let mut stage = Stage::new(servers);
    let mut failures = Vec::new();
    for (at, fault) in faults().enumerate() {
        let name = format!("round {} with {servers} servers, {fault:?}", at + 1);
        match attempt(|| stage.round(at + 1, fault)) {
            Ok(round) => {
                eprintln!("{name}: {round}");
                if round.longest() > ANSWER_MAX {
                    failures.push(format!("{name}: something took too long: {round}"));
                }
                figures.note(fault, round);
            }
            Err(reason) => {
                failures.push(format!("{name}: {reason}"));
                stage = Stage::new(servers);
            }
        }
    }
    failures.extend(attempt(|| stage.check_whole()).err());
    failures
}

fn faults() -> impl Iterator<Item = Fault> {
    let promotions = PROMOTIONS.into_iter().cycle().take(10);
    let kills = KILLS.into_iter().cycle().take(25);
    let cuts = CUTS.into_iter().cycle().take(15);
    promotions.chain(kills).chain(cuts)
}

/// What some work gives, or why it panicked.
fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|reason| match reason.downcast::<String>() {
        Ok(reason) => *reason,
        Err(_) => "the reason was printed above".to_owned(),
    })
}
