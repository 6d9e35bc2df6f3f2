//! The configuration that is meant for a device: which it is, whether it is delivered, and what is recorded of it.

use check_in::{AttributeValues, CheckInRequest, DeliveredConfiguration};
use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use store::Change;

use super::agent_state::AgentState;
use super::known_agents::KeyBearer;
use super::run_state::RunState;

/// Delivers configurations.
pub(super) struct Delivery {}

/// What is delivered with a check-in, and what is recorded of it.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) deliver: Option<DeliveredConfiguration>,
    pub(super) changes: Vec<Change>,
}

impl Delivery {
    pub(super) fn new(_names: &Names<'_>) -> Result<Delivery, StartError> {
        Ok(Delivery {})
    }

    /// Decides about a check-in, and completes the next state of the agent by it.
    pub(super) async fn decide(
        &self,
        _context: &Context<'_>,
        _bearer: &KeyBearer,
        _request: &CheckInRequest,
        _reported: Option<&AttributeValues>,
        next: &mut AgentState,
    ) -> Result<Delivered, Error> {
        next.assigned = None;
        next.run_state = RunState::Unknown;
        Ok(Delivered::default())
    }
}
