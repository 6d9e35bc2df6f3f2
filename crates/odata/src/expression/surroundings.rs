//! The surroundings of an expression: the model, the request's instant and the parameter aliases.

use std::cell::Cell;

use super::aliases::Aliases;
use crate::date_time::Ticks;
use crate::edm::{Model, Version};

/// The surroundings that an expression may refer to, beside the entity.
#[derive(Clone, Debug)]
pub struct Surroundings<'m> {
    /// The model that names are resolved in.
    pub model: &'m Model,
    /// The version that the caller asks.
    pub version: Version,
    /// The instant of the request: `now()`.
    pub now: Ticks,
    /// The parameter aliases of the query.
    pub aliases: Aliases,
    /// Whether an expression has asked for `now`.
    pub asked_the_time: Cell<bool>,
    /// The size of all patterns so far.
    pub pattern_size: Cell<usize>,
}

impl<'m> Surroundings<'m> {
    /// Surroundings of nothing but the model, at the beginning of time.
    pub fn of(model: &'m Model, version: Version) -> Surroundings<'m> {
        let aliases = Aliases::default();
        Surroundings {
            model,
            version,
            now: Ticks::default(),
            aliases,
            asked_the_time: Cell::new(false),
            pattern_size: Cell::new(0),
        }
    }
}
