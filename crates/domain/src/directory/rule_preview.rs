//! `muster.select` of groups: whom a rule would select, while somebody writes it. A mistake is part of the answer, with its
//! position: whoever is typing makes many.

use engine::generic::complex_value;
use engine::handlers::{Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::{Record, Value};
use store::Query;

use super::rule::{DeviceProperties, MembershipRule, parse};
use super::sets::{DEVICE, DEVICES, GROUP};

const SELECTION: &str = "muster.selection";
/// The devices that are named.
const NAMED_MAX: u64 = 20;

/// Registers the action `select` of groups.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let slot = |property| names.slot(SELECTION, property);
    let operation = names.operation("select", GROUP)?;
    let select = SelectDevices {
        devices: names.whole_path(DEVICES)?,
        properties: DeviceProperties::new(names, DEVICE)?,
        display_name: names.slot(DEVICE, "displayName")?,
        rule: names.parameter(operation, "membershipRule")?,
        selection: names.structured(SELECTION)?,
        count: slot("count")?,
        names: slot("displayNames")?,
        mistake: slot("mistake")?,
        position: slot("position")?,
    };
    handlers.operation(operation, select);
    Ok(())
}

struct SelectDevices {
    devices: SetId,
    properties: DeviceProperties,
    display_name: u16,
    rule: NamedParameter<TextValue>,
    selection: TypeId,
    count: u16,
    names: u16,
    mistake: u16,
    position: u16,
}

impl Operate for SelectDevices {
    fn only_reads(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let slots = context.model().structured(self.selection).slots;
            let mut shown = Record::empty(self.selection, slots);
            match parse(invocation.parameter(&self.rule).unwrap_or("")) {
                Ok(rule) => self.select(context, &rule, &mut shown).await?,
                Err(error) => {
                    shown.set(self.names, Value::Collection(Vec::new()));
                    shown.set(self.mistake, Value::String(error.message.into()));
                    shown.set(self.position, Value::Int(error.position as i64));
                }
            }
            complex_value(context, self.selection, shown)
        })
    }
}

impl SelectDevices {
    async fn select(
        &self,
        context: &Context<'_>,
        rule: &MembershipRule,
        shown: &mut Record,
    ) -> Result<(), Error> {
        let filter = Some(self.properties.expression(rule));
        let query = Query { filter, ..Query::all(context.tenant(), self.devices, NAMED_MAX) };
        let mut names = Vec::new();
        for row in context.list(&query).await? {
            let device = context.store.record(self.devices, &row)?;
            names.push(Value::String(device.text(self.display_name).unwrap_or_default().into()));
        }
        shown.set(self.names, Value::Collection(names));
        let count = context.count(&query).await?;
        shown.set(self.count, Value::Int(i64::try_from(count).unwrap_or(i64::MAX)));
        Ok(())
    }
}
