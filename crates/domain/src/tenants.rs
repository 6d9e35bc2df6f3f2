//! The tables `[[tenants]]` of the configuration file.

use engine::{ConfiguredTenant, ConfiguredTenants, TenantState};
use store::{CountedQuota, Quota};
use uuid::Uuid;

use crate::settings::word;

/// A table `[[tenants]]`: a tenant that is served.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct TenantTable {
    /// The tenant, as tokens name it.
    pub id: Uuid,
    /// Its name for people.
    pub display_name: Option<String>,
    /// The domains that are verified to be its own: devices are assigned to users of these; if there are none, to any.
    #[serde(default)]
    pub domains: Vec<String>,
    /// What its callers may do.
    #[serde(default, deserialize_with = "word")]
    pub state: TenantState,
    /// What it may hold and ask at most.
    #[serde(default)]
    pub quotas: QuotasTable,
}

/// The table `quotas` of a tenant. What is not given has no bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuotasTable {
    /// The device identities.
    pub devices: Option<u64>,
    /// The entities of all kinds.
    pub records: Option<u64>,
    /// The bytes of these entities.
    pub bytes: Option<u64>,
    /// The requests in a minute, to one server.
    pub requests_per_minute: Option<u32>,
}

/// The tenants of the configuration; an error names the key.
pub fn configured(tables: &[TenantTable]) -> Result<ConfiguredTenants, String> {
    for (index, table) in tables.iter().enumerate() {
        if table.id.is_nil() {
            return Err("tenants.id is the id of no tenant".to_owned());
        }
        if tables[..index].iter().any(|other| other.id == table.id) {
            return Err(format!("tenants.id = {} occurs twice", table.id));
        }
        let is_domain = |domain: &&String| !domain.is_empty() && !domain.contains(['@', ' ']);
        if let Some(odd) = table.domains.iter().find(|domain| !is_domain(domain)) {
            return Err(format!("tenants.domains = '{odd}' is no domain, such as contoso.example"));
        }
    }
    Ok(ConfiguredTenants::new(tables.iter().map(|table| (table.id, table.tenant()))))
}

impl TenantTable {
    fn tenant(&self) -> ConfiguredTenant {
        let QuotasTable { devices, records, bytes, requests_per_minute } = self.quotas;
        let counted = devices.map(|most| CountedQuota { name: "devices", most });
        ConfiguredTenant {
            display_name: self.display_name.clone(),
            domains: self.domains.clone(),
            state: self.state,
            quota: Quota { records, bytes, counted },
            requests_per_minute,
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::TenantState;
    use uuid::Uuid;

    use super::{QuotasTable, TenantTable, configured};

    fn table(id: u128, domain: &str) -> TenantTable {
        TenantTable {
            id: Uuid::from_u128(id),
            display_name: None,
            domains: vec![domain.to_owned()],
            state: TenantState::ReadOnly,
            quotas: QuotasTable { devices: Some(5), ..QuotasTable::default() },
        }
    }

    #[test]
    fn a_table_is_a_tenant() {
        let tenants = configured(&[table(1, "contoso.example"), table(2, "fabrikam.example")]).unwrap();
        let tenant = tenants.get(Uuid::from_u128(1)).unwrap();
        let counted = tenant.quota.counted.map(|counted| (counted.name, counted.most));
        assert_eq!((tenant.state, counted), (TenantState::ReadOnly, Some(("devices", 5))));
        assert_eq!(tenants.domains(Uuid::from_u128(2)), ["fabrikam.example"]);
        assert!(tenants.domains(Uuid::from_u128(3)).is_empty());
    }

    #[test]
    fn mistakes_name_their_key() {
        for (tables, named) in [
            (vec![table(0, "a.example")], "tenants.id"),
            (vec![table(1, "a.example"), table(1, "b.example")], "occurs twice"),
            (vec![table(1, "ada@contoso.example")], "tenants.domains = 'ada@contoso.example'"),
            (vec![table(1, "")], "tenants.domains"),
        ] {
            let error = configured(&tables).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
