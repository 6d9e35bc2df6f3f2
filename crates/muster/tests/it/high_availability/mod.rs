//! What was acknowledged is there, exactly once, and nothing hangs, whatever befalls PostgreSQL, the servers and the
//! network between them

mod figures;
mod known;
mod load;
mod stage;

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

/// A promotion, a kill of each, a cut. How long anything takes says nothing while other tests run.
#[test]
fn acknowledged_writes_survive_a_promotion_kills_and_a_cut() {
    let mut stage = Stage::new(2);
    for fault in [Fault::Reset, Fault::KillServer, Fault::KillPrimary, Fault::PromoteAfterKill] {
        stage.round(fault, &mut Figures::default());
    }
    stage.check_whole();
}

/// 20 promotions, 50 kills and 30 cuts, with one server and with two.
#[test]
#[ignore = "takes ten minutes and measures: cargo xtask high-availability"]
fn acknowledged_writes_survive_a_hundred_faults() {
    let mut figures = Figures::default();
    for servers in [1, 2] {
        let mut stage = Stage::new(servers);
        let faults = (0..50).map(|at| match at {
            0..10 => PROMOTIONS[at % PROMOTIONS.len()],
            10..35 => KILLS[at % KILLS.len()],
            _ => CUTS[at % CUTS.len()],
        });
        for fault in faults {
            stage.round(fault, &mut figures);
        }
        stage.check_whole();
    }
    // A test's output is shown where it is asked for.
    eprintln!("{}", figures.table());
    let longest = figures.longest();
    assert!(longest <= ANSWER_MAX, "something took {longest:?}");
}
