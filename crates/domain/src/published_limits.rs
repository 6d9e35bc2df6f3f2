//! The limits that Microsoft has published for requests to Graph, and which paths each of them counts.
//!
//! A path belongs to the service whose pages document it: `intune-enrollment-…`, `intune-deviceconfig-…`. Of the pages
//! `intune-troubleshooting-…` no numbers are known; their permissions are those of managed devices. Role scope tags, the
//! directory and the documents about the service are in none of these services.

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRate {
    /// The number of requests that are let in.
    pub requests: u32,
    /// The seconds in which they are let in.
    pub seconds: u32,
}

/// The rates of whoever is counted alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceRates {
    /// The rate of requests that may change something.
    pub writes: RequestRate,
    /// The rate of all requests.
    pub any: RequestRate,
}

/// A service of Graph whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceLimits {
    /// The name of the service, for messages.
    pub name: &'static str,
    /// The beginnings of its paths, after the version.
    pub paths: &'static [&'static str],
    /// The rates of each application in each tenant.
    pub application: ServiceRates,
    /// The rates of each tenant.
    pub tenant: ServiceRates,
}

/// The limits of every service, and of Graph as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedLimits {
    /// The services with limits of their own.
    pub services: &'static [ServiceLimits],
    /// The rate of each application in the whole of Graph.
    pub application: RequestRate,
}

/// The limits of the cloud.
pub const PUBLISHED_LIMITS: PublishedLimits = PublishedLimits {
    services: &[
        ServiceLimits {
            name: "enrollment",
            paths: &[
                "deviceManagement/importedWindowsAutopilotDeviceIdentities",
                "deviceManagement/windowsAutopilotDeploymentProfiles",
                "deviceManagement/windowsAutopilotDeviceIdentities",
                "deviceManagement/windowsAutopilotSettings",
                // Our own. Each of its lines is counted as the change of a device that it is.
                "_/bulk",
            ],
            application: in_20_seconds(100, 1_000),
            tenant: in_20_seconds(200, 2_000),
        },
        ServiceLimits {
            name: "device-configuration",
            paths: &[
                "deviceManagement/hardwareConfigurations",
                "deviceManagement/hardwarePasswordDetails",
                "deviceManagement/hardwarePasswordInfo",
            ],
            application: in_20_seconds(100, 1_000),
            tenant: in_20_seconds(200, 2_000),
        },
        ServiceLimits {
            name: "managed-device",
            paths: &["deviceManagement/autopilotEvents"],
            application: in_20_seconds(200, 2_000),
            tenant: in_20_seconds(400, 4_000),
        },
    ],
    application: RequestRate { requests: 130_000, seconds: 10 },
};

const fn in_20_seconds(writes: u32, any: u32) -> ServiceRates {
    ServiceRates {
        writes: RequestRate { requests: writes, seconds: 20 },
        any: RequestRate { requests: any, seconds: 20 },
    }
}

#[cfg(test)]
mod tests {
    use super::PUBLISHED_LIMITS;
    use crate::model;

    #[test]
    fn the_paths_are_in_the_model() {
        let model = model::usual();
        for path in PUBLISHED_LIMITS.services.iter().flat_map(|service| service.paths) {
            match path.split_once('/').expect("two segments") {
                ("deviceManagement", name) => {
                    assert!(model.navigations.iter().any(|navigation| &*navigation.name == name), "{path}");
                }
                own => assert_eq!(own, ("_", "bulk"), "{path}"),
            }
        }
    }
}
