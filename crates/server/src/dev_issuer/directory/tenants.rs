//! The tenants of the issuer, as the first segment of a path names them.

use uuid::{Uuid, uuid};

use super::seed::SeedTenant;
use super::user::DevUser;
use crate::dev::TENANT_DEFAULT;
use crate::dev_issuer::refusal::{MALFORMED_TENANT, OauthError, PERSONAL_TENANT, UNKNOWN_TENANT};

/// Names that stand for whatever tenant the user turns out to be of.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];
/// The tenant of personal accounts, by its name and its id.
const CONSUMERS: &str = "consumers";
const CONSUMERS_ID: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// A tenant, as a path names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dev_issuer) struct NamedTenant {
    /// The tenant; the default one if the path names any.
    pub(in crate::dev_issuer) id: Uuid,
    /// The name that stands for any tenant, if it is one.
    pub(in crate::dev_issuer) any: Option<&'static str>,
}

impl NamedTenant {
    /// The tenant in which a user acts: where the path names any, the user's own.
    pub(in crate::dev_issuer) fn of_user(&self, user: &DevUser) -> Uuid {
        user.tenant.filter(|_| self.any.is_some()).unwrap_or(self.id)
    }

    /// The tenant as the first segment of other paths of the issuer.
    pub(in crate::dev_issuer) fn segment(&self) -> String {
        self.any.map_or_else(|| self.id.to_string(), str::to_owned)
    }
}

/// The tenant of a name. If the seed lists none, there is a tenant of every id and of every domain, and a domain always
/// means the same one.
pub(super) fn find(seeded: &[SeedTenant], name: &str) -> Result<NamedTenant, OauthError> {
    if let Some(any) = ANY_TENANT.into_iter().find(|any| name.eq_ignore_ascii_case(any)) {
        return Ok(NamedTenant { id: TENANT_DEFAULT, any: Some(any) });
    }
    let id = Uuid::try_parse(name).ok();
    if name.eq_ignore_ascii_case(CONSUMERS) || id == Some(CONSUMERS_ID) {
        return Err(PERSONAL_TENANT.plain());
    }
    if id.is_none() && !is_domain(name) {
        return Err(MALFORMED_TENANT.of(name));
    }
    let is_of_name = |tenant: &&SeedTenant| {
        id == Some(tenant.id) || tenant.domains.iter().any(|domain| domain.eq_ignore_ascii_case(name))
    };
    let found = match (seeded.iter().find(is_of_name), id) {
        (Some(tenant), _) => Some(tenant.id),
        (None, Some(TENANT_DEFAULT)) => Some(TENANT_DEFAULT),
        (None, id) if seeded.is_empty() => {
            Some(id.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.to_lowercase().as_bytes())))
        }
        (None, _) => None,
    };
    found.map(|id| NamedTenant { id, any: None }).ok_or_else(|| UNKNOWN_TENANT.of(name))
}

/// Whether a text is a domain: labels of letters, digits and hyphens, at least two.
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.contains('.') && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use uuid::uuid;

    use super::super::seed::SeedTenant;
    use super::find;

    #[test]
    fn tenants_are_those_of_the_seed_or_all_there_can_be() {
        let one = uuid!("11111111-1111-4111-8111-111111111111");
        let seeded = [SeedTenant { id: one, domains: vec!["contoso.example".to_owned()] }];
        let other = "22222222-2222-4222-8222-222222222222";
        let cases = [
            (&seeded[..], "11111111-1111-4111-8111-111111111111", Ok("11111111-1111-4111-8111-111111111111")),
            (&seeded, "CONTOSO.example", Ok("11111111-1111-4111-8111-111111111111")),
            (&seeded, "common", Ok("common")),
            (&seeded, "00000000-0000-4000-8000-000000000001", Ok("00000000-0000-4000-8000-000000000001")),
            (&seeded, other, Err(90002)),
            (&seeded, "fabrikam.example", Err(90002)),
            (&[], other, Ok(other)),
            (&[], "contoso.example", Ok("b05aafed-15fd-5db6-8981-4fa0293ccc6a")),
            (&[], "contoso", Err(900_023)),
            (&[], "con toso.example", Err(900_023)),
            (&[], "consumers", Err(9_002_346)),
            (&[], "9188040d-6c67-4c5b-b112-36a304b66dad", Err(9_002_346)),
        ];
        for (seeded, name, expected) in cases {
            let found =
                find(seeded, name).map(|tenant| tenant.segment()).map_err(|error| error.refusal.number);
            assert_eq!(found.as_deref().map_err(|number| *number), expected, "{name}");
        }
    }
}
