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

/// The variable that asks for the long form.
const LONG_FORM: &str = "MUSTER_TEST_HIGH_AVAILABILITY";

/// In its long form 20 promotions, 50 kills and 30 cuts, with one server and with two, whose times count. Otherwise one of
/// each: how long anything takes says nothing while other tests run.
#[test]
fn acknowledged_writes_survive_promotions_kills_and_cuts() {
    let mut figures = Figures::default();
    if std::env::var_os(LONG_FORM).is_none() {
        let faults = [Fault::Reset, Fault::KillServer, Fault::KillPrimary, Fault::PromoteAfterKill];
        return perform(2, &faults, &mut figures);
    }
    let faults: Vec<Fault> = (0..50)
        .map(|at| match at {
            0..10 => PROMOTIONS[at % PROMOTIONS.len()],
            10..35 => KILLS[at % KILLS.len()],
            _ => CUTS[at % CUTS.len()],
        })
        .collect();
    for servers in [1, 2] {
        perform(servers, &faults, &mut figures);
    }
    eprintln!("{}", figures.table());
    let longest = figures.longest();
    assert!(longest <= ANSWER_MAX, "something took {longest:?}");
}

fn perform(servers: usize, faults: &[Fault], figures: &mut Figures) {
    let mut stage = Stage::new(servers);
    for fault in faults {
        stage.round(*fault, figures);
    }
    stage.check_whole();
}
