//! Deployment profiles: their life, and the two shapes of what they say.

mod deployment_profiles;
mod shapes;

pub(super) use deployment_profiles::register;
