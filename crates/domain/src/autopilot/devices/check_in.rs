//! `muster.checkIn`: what somebody reports of a device that has no agent.

use std::sync::Arc;

use engine::handlers::{BinaryValue, BooleanValue, Invocation, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Error, Handlers, generic};
use futures_util::future::BoxFuture;

use super::enrollment::{DeviceReport, Enrollment};
use crate::autopilot::sets::DEVICE;

/// Registers the action `checkIn`.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    enrollment: &Arc<Enrollment>,
) -> Result<(), StartError> {
    let operation = names.operation("checkIn", DEVICE)?;
    let check_in = CheckIn {
        hardware_identifier: names.parameter(operation, "hardwareIdentifier")?,
        is_userless: names.parameter(operation, "userless")?,
        enrollment: Arc::clone(enrollment),
    };
    handlers.operation(operation, check_in);
    Ok(())
}

/// `checkIn`: enrols the device if it is not, and compares its hash with the registered one.
struct CheckIn {
    hardware_identifier: NamedParameter<BinaryValue>,
    is_userless: NamedParameter<BooleanValue>,
    enrollment: Arc<Enrollment>,
}

impl Operate for CheckIn {
    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let report = DeviceReport {
                hash: invocation.parameter(&self.hardware_identifier).filter(|hash| !hash.is_empty()),
                is_userless: invocation.parameter(&self.is_userless).unwrap_or(false),
            };
            let decide = || async {
                let (row, before) = context.load(address).await?;
                let (next, beside) = self.enrollment.next(context, &row.key, &before, report).await?;
                let mut changes = generic::next_state(context, &address.collection, &row, next).await?;
                changes.extend(beside);
                Ok(changes)
            };
            context.change(decide).await?;
            Ok(Answer::no_content())
        })
    }
}
