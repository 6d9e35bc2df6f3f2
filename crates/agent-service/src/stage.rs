//! The stages of an agent's work, told as they are reached.

use agent::ApplyStep;

/// A stage of an agent's work, told just before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage<'s> {
    /// What an agent that was ended left behind is undone.
    Recover,
    /// The machine and its attributes are read.
    Read,
    /// What must not be forgotten is kept.
    Keep,
    /// A request is sent.
    Send,
    /// The answer to it has come.
    Receive,
    /// A step of an order about the password.
    Password,
    /// A configuration is applied.
    Apply(ApplyStep<'s>),
}

/// What is told of the stages.
pub trait Observer: Send {
    /// Told before each stage.
    fn reached(&mut self, stage: Stage<'_>);
}

/// Nobody is told.
impl Observer for () {
    fn reached(&mut self, _stage: Stage<'_>) {}
}

/// The observer of a real agent: nobody. In builds for tests it ends the process, as a kill does, at the stage whose number
/// the variable `MUSTER_AGENT_END_AT` has, counted from 0.
pub fn ending_observer() -> impl Observer {
    #[cfg(debug_assertions)]
    {
        let end_at = std::env::var("MUSTER_AGENT_END_AT").ok().and_then(|number| number.parse().ok());
        ending::EndAt { end_at, reached: 0 }
    }
    #[cfg(not(debug_assertions))]
    ()
}

#[cfg(debug_assertions)]
mod ending {
    use super::{Observer, Stage};

    pub(super) struct EndAt {
        pub(super) end_at: Option<u64>,
        pub(super) reached: u64,
    }

    impl Observer for EndAt {
        fn reached(&mut self, _stage: Stage<'_>) {
            if self.end_at == Some(self.reached) {
                std::process::abort();
            }
            self.reached += 1;
        }
    }
}
