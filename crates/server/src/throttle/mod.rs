//! How often an application and a tenant may ask, where the operator wants the limits of the cloud: a client that minds them
//! here minds them there.
//!
//! The buckets are asked together and under one lock, as a request that one of them refuses must take nothing from the
//! others. They follow the clock of the calls, which a test can turn. Callers are counted whose tokens hold, so no stranger
//! makes a bucket.

mod bucket;
mod buckets;
mod settings;

use std::sync::{Mutex, PoisonError};

use domain::{PublishedLimits, ServiceLimits};
use engine::{Caller, Verb};
use odata::date_time::Ticks;
use odata::uri::parse_path;

use crate::request_error::RequestError;
use bucket::BucketRate;
use buckets::{BucketKey, Buckets, Counted};

pub use settings::{ThrottleProfile, ThrottleTable};

/// The root of our own paths, of which only those in the table of services are counted.
const OWN_ROOT: &str = "_";

/// The rates, and what was taken.
#[derive(Debug)]
pub struct Throttle {
    limits: PublishedLimits,
    factor: f64,
    tells_wait: bool,
    buckets: Mutex<Buckets>,
}

impl Throttle {
    /// The throttle that the operator wants; none if there is to be none.
    pub fn of(table: &ThrottleTable, limits: PublishedLimits) -> Option<Throttle> {
        let factor = table.factor()?;
        Some(Throttle { limits, factor, tells_wait: table.retry_after, buckets: Mutex::new(Buckets::new()) })
    }

    /// Counts a request, or refuses it.
    pub fn admit(&self, caller: &Caller, verb: Verb, path: &str, now: Ticks) -> Result<(), RequestError> {
        let Some(counted) = self.counted(caller, verb, path) else { return Ok(()) };
        let taken = self.buckets.lock().unwrap_or_else(PoisonError::into_inner).take(&counted, now);
        taken.map_err(|(by, wait)| RequestError::Throttled {
            message: self.refusal(&by),
            retry_after: self.tells_wait.then_some(wait),
        })
    }

    /// The buckets that a request is taken from; none if it is not counted.
    fn counted(&self, caller: &Caller, verb: Verb, path: &str) -> Option<Vec<Counted>> {
        let segments = segments(path);
        let service = self.limits.services.iter().position(|service| is_of(service, &segments));
        if service.is_none() && segments.first().is_some_and(|root| root == OWN_ROOT) {
            return None;
        }
        let mut counted = vec![self.whole(caller)];
        counted.extend(service.into_iter().flat_map(|service| self.of_service(caller, verb, service)));
        Some(counted)
    }

    /// The bucket of the whole of Graph. Applications without a name are one in each tenant.
    fn whole(&self, caller: &Caller) -> Counted {
        let (application, tenant) = match caller.application_id.is_nil() {
            true => (None, Some(caller.tenant)),
            false => (Some(caller.application_id), None),
        };
        let key = BucketKey { application, tenant, service: None, writes_only: false };
        Counted { key, rate: self.rate(self.limits.application) }
    }

    /// The buckets of a service: of the application in its tenant and of the tenant, for all requests and for changes.
    fn of_service(&self, caller: &Caller, verb: Verb, at: usize) -> impl Iterator<Item = Counted> {
        let service = &self.limits.services[at];
        let applications = [(Some(caller.application_id), service.application), (None, service.tenant)];
        let kinds = if verb == Verb::Get { &[false][..] } else { &[false, true] };
        let tenant = Some(caller.tenant);
        applications.into_iter().flat_map(move |(application, rates)| {
            kinds.iter().map(move |writes_only| {
                let key = BucketKey { application, tenant, service: Some(at), writes_only: *writes_only };
                Counted { key, rate: self.rate(if *writes_only { rates.writes } else { rates.any }) }
            })
        })
    }

    fn rate(&self, rate: domain::RequestRate) -> BucketRate {
        BucketRate::scaled(rate, self.factor)
    }

    /// The reason of a refusal, for the caller.
    fn refusal(&self, Counted { key, rate }: &Counted) -> String {
        let who = match (key.application, key.tenant) {
            (Some(_), Some(_)) => "the application may make in this tenant",
            (Some(_), None) => "the application may make",
            (None, _) => "all applications together may make in this tenant",
        };
        let what = if key.writes_only { "changes" } else { "requests" };
        let to = key.service.map_or("Graph", |at| self.limits.services[at].name);
        let (requests, seconds) = (rate.requests(), rate.seconds());
        format!("too many {what}: {who} {requests} in {seconds} seconds to {to} resources; try again later")
    }
}

/// The segments of a path after its version, or all of those of our own.
fn segments(path: &str) -> Vec<String> {
    match parse_path(path) {
        Ok(parsed) => parsed.segments.into_iter().map(|segment| segment.name).collect(),
        Err(_) => path.split('/').skip(1).map(str::to_owned).collect(),
    }
}

/// Whether a path is one of a service's.
fn is_of(service: &ServiceLimits, segments: &[String]) -> bool {
    service.paths.iter().any(|path| {
        let mut given = segments.iter();
        path.split('/').all(|name| given.next().is_some_and(|segment| segment.eq_ignore_ascii_case(name)))
    })
}

#[cfg(test)]
mod tests {
    use domain::{PublishedLimits, RequestRate, ServiceLimits, ServiceRates};
    use engine::{Caller, CallerKind, Verb};
    use odata::date_time::Ticks;
    use uuid::Uuid;

    use super::{Throttle, ThrottleProfile, ThrottleTable};

    const fn rates(writes: u32, any: u32) -> ServiceRates {
        ServiceRates {
            writes: RequestRate { requests: writes, seconds: 20 },
            any: RequestRate { requests: any, seconds: 20 },
        }
    }

    const LIBRARY: PublishedLimits = PublishedLimits {
        services: &[
            ServiceLimits {
                name: "lending",
                paths: &["library/books", "_/lines"],
                application: rates(2, 4),
                tenant: rates(3, 6),
            },
            ServiceLimits {
                name: "shelving",
                paths: &["library/shelves"],
                application: rates(2, 4),
                tenant: rates(3, 6),
            },
        ],
        application: RequestRate { requests: 10, seconds: 10 },
    };

    fn throttle() -> Throttle {
        let table = ThrottleTable { profile: ThrottleProfile::Documented, ..ThrottleTable::default() };
        Throttle::of(&table, LIBRARY).unwrap()
    }

    fn caller(tenant: u128, application: u128) -> Caller {
        Caller {
            tenant: Uuid::from_u128(tenant),
            object_id: Uuid::from_u128(7),
            application_id: Uuid::from_u128(application),
            kind: CallerKind::Application,
            permissions: Vec::new(),
            tags: Vec::new(),
            user_principal_name: None,
            application_name: None,
        }
    }

    /// The requests of this kind that are admitted at one moment.
    fn admitted(throttle: &Throttle, caller: &Caller, verb: Verb, path: &str) -> usize {
        (0..100).take_while(|_| throttle.admit(caller, verb, path, Ticks(0)).is_ok()).count()
    }

    #[test]
    fn changes_and_all_requests_are_counted_by_application_and_tenant() {
        let throttle = throttle();
        let books = "/beta/library/books";
        assert_eq!(admitted(&throttle, &caller(1, 1), Verb::Post, books), 2, "the application's changes");
        assert_eq!(admitted(&throttle, &caller(1, 1), Verb::Get, books), 2, "the application's requests");
        assert_eq!(admitted(&throttle, &caller(1, 2), Verb::Patch, books), 1, "the tenant's changes");
        assert_eq!(admitted(&throttle, &caller(1, 3), Verb::Get, books), 1, "the tenant's requests");
        assert_eq!(
            admitted(&throttle, &caller(1, 1), Verb::Delete, "/beta/library/shelves"),
            2,
            "another service"
        );
        assert_eq!(admitted(&throttle, &caller(2, 4), Verb::Post, books), 2, "another tenant");
    }

    #[test]
    fn all_of_graph_is_counted_by_application() {
        let throttle = throttle();
        assert_eq!(admitted(&throttle, &caller(1, 1), Verb::Get, "/beta/library"), 10);
        assert_eq!(admitted(&throttle, &caller(2, 1), Verb::Get, "/v1.0/$metadata"), 0, "in every tenant");
        assert_eq!(admitted(&throttle, &caller(1, 0), Verb::Get, "/beta/library"), 10, "one without a name");
        assert_eq!(
            admitted(&throttle, &caller(2, 0), Verb::Get, "/beta/library"),
            10,
            "is one in each tenant"
        );
    }

    #[test]
    fn a_path_is_of_its_service_however_it_is_written() {
        for path in [
            "/beta/library/books",
            "/v1.0/library/books/7/title",
            "/beta/LIBRARY/Books('a/b')",
            "/beta/library/b%6Foks/",
            "/_/lines",
        ] {
            assert_eq!(admitted(&throttle(), &caller(1, 1), Verb::Post, path), 2, "{path}");
        }
        for path in
            ["/beta/library", "/beta/library/booksellers", "/beta/x/library/books", "/beta/%zz/library/books"]
        {
            assert_eq!(admitted(&throttle(), &caller(1, 1), Verb::Post, path), 10, "{path}");
        }
        assert_eq!(
            admitted(&throttle(), &caller(1, 1), Verb::Post, "/_/clock"),
            100,
            "our own are not counted"
        );
    }
}
