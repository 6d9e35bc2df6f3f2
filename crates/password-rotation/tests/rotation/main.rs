//! No password is ever lost: both sides end at every point, messages are lost, repeated and reordered, and afterwards the
//! password that opens the firmware is in the vault, and both sides come together
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod foreign;
mod world;

use password_rotation::Policy;
use proptest::prelude::*;
use world::{Fault, World};

/// More points than three check-ins have.
const POINTS: usize = 60;

/// What leads to a change of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    First,
    Rotation,
    Clearing,
    ClearingThenWanted,
    RotationThenClearing,
}

impl Scenario {
    const ALL: [Scenario; 5] = [
        Scenario::First,
        Scenario::Rotation,
        Scenario::Clearing,
        Scenario::ClearingThenWanted,
        Scenario::RotationThenClearing,
    ];

    /// Check-ins with what goes wrong at each point.
    fn play(self, is_late: bool, faults: &mut dyn FnMut() -> Option<Fault>) -> World {
        let mut world = World::new(is_late);
        if self != Scenario::First {
            world.check_convergence(&"the first password");
        }
        match self {
            Scenario::First => {}
            Scenario::Rotation | Scenario::RotationThenClearing => world.ask_for_rotation(),
            Scenario::Clearing | Scenario::ClearingThenWanted => world.policy = Policy::Disabled,
        }
        for round in 0..3 {
            world.check_in(faults);
            world.check_nothing_is_lost(&(self, round));
            match (self, round) {
                (Scenario::ClearingThenWanted, 0) => world.policy = Policy::Wanted,
                (Scenario::RotationThenClearing, 0) => world.policy = Policy::Disabled,
                (_, 1) => world.restart(),
                _ => {}
            }
        }
        world
    }
}

/// Every pair of faults, at every two points of every scenario.
#[test]
fn two_faults_at_any_points_lose_nothing() {
    const FAULTS: [Fault; 3] = [Fault::Before, Fault::After, Fault::Refuse];
    let mut runs = 0_u32;
    for (scenario, is_late) in
        Scenario::ALL.into_iter().flat_map(|scenario| [(scenario, false), (scenario, true)])
    {
        for first in 0..POINTS {
            for (second, one, other) in (first..POINTS)
                .flat_map(|second| FAULTS.into_iter().map(move |one| (second, one)))
                .flat_map(|(second, one)| FAULTS.into_iter().map(move |other| (second, one, other)))
            {
                let mut point = 0;
                let mut faults = || {
                    point += 1;
                    match point - 1 {
                        at if at == first => Some(one),
                        at if at == second => Some(other),
                        _ => None,
                    }
                };
                let mut world = scenario.play(is_late, &mut faults);
                world.check_convergence(&(scenario, is_late, (first, one), (second, other)));
                runs += 1;
            }
        }
    }
    assert_eq!(runs, 10 * 9 * (POINTS * (POINTS + 1) / 2) as u32);
}

/// Nothing that goes well tries a password that does not open the firmware.
#[test]
fn a_rotation_that_goes_well_tries_no_wrong_password() {
    for scenario in Scenario::ALL {
        let world = scenario.play(false, &mut || None);
        assert_eq!(world.firmware.wrong_attempts, 0, "{scenario:?}");
    }
}

#[test]
fn an_old_password_is_replaced_once() {
    let mut world = World::new(false);
    world.check_convergence(&"the first password");
    world.is_old = true;
    world.check_convergence(&"the second password");
    assert_eq!(world.vault.made, 2);
}

/// A step of anybody's, in any order.
#[derive(Clone, Debug)]
enum Step {
    Ask,
    /// The server gets one of the requests that are under way, which may come again.
    Answer {
        which: usize,
        fault: Option<Fault>,
        comes_again: bool,
    },
    /// The agent gets one of the answers that are under way.
    Take {
        which: usize,
        faults: Vec<Option<Fault>>,
    },
    EndAgent,
    Restart,
    Rotate,
    GrowOld,
    Policy(Policy),
}

fn fault() -> impl Strategy<Value = Option<Fault>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(Fault::Before)),
        1 => Just(Some(Fault::After)),
        1 => Just(Some(Fault::Refuse)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let policy =
        prop_oneof![3 => Just(Policy::Wanted), 1 => Just(Policy::Disabled), 1 => Just(Policy::Unsaid)];
    prop_oneof![
        8 => Just(Step::Ask),
        8 => (any::<usize>(), fault(), prop::bool::weighted(0.2)).prop_map(|(which, fault, comes_again)| {
            // A server does not refuse as a firmware does.
            let fault = fault.filter(|fault| *fault != Fault::Refuse);
            Step::Answer { which, fault, comes_again }
        }),
        8 => (any::<usize>(), prop::collection::vec(fault(), 4))
            .prop_map(|(which, faults)| Step::Take { which, faults }),
        2 => Just(Step::EndAgent),
        1 => Just(Step::Restart),
        1 => Just(Step::Rotate),
        1 => Just(Step::GrowOld),
        1 => policy.prop_map(Step::Policy),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// 600 worlds of 200 steps each.
    #[test]
    fn any_order_of_steps_loses_nothing(is_late in any::<bool>(), steps in prop::collection::vec(step(), 200)) {
        let mut world = World::new(is_late);
        for (at, step) in steps.iter().enumerate() {
            match step {
                Step::Ask => world.ask(),
                Step::Answer { which, fault, comes_again } if !world.requests.is_empty() => {
                    let which = which % world.requests.len();
                    let request = match comes_again {
                        true => world.requests[which].clone(),
                        false => world.requests.swap_remove(which),
                    };
                    world.answer(&request, *fault);
                }
                Step::Take { which, faults } if !world.answers.is_empty() => {
                    let answer = world.answers[which % world.answers.len()].clone();
                    let _ = world.take(&answer, faults.clone());
                }
                Step::Answer { .. } | Step::Take { .. } => {}
                Step::EndAgent => world.end_agent(),
                Step::Restart => world.restart(),
                Step::Rotate => world.ask_for_rotation(),
                Step::GrowOld => world.is_old = true,
                Step::Policy(policy) => world.policy = *policy,
            }
            world.check_nothing_is_lost(&(at, step));
        }
        world.check_convergence(&"all steps");
    }
}
