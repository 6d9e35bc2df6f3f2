//! The files of `model/` say what the documents say, no more and no less.
//!
//! `model_facts.tsv` has one fact a line: its source (`metadata` is the published schema; `documents` are pages that
//! go beyond it, and their permission tables; `paths` have no page of their own and the permissions of the nearest
//! documented operation; `own` is this server's), the versions that show it, and the fact.
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use odata::csdl::{self, CsdlError, write_json, write_xml};
use odata::edm::{
    Kind, Model, OperationKind, Permissions, Restrictions, SetKind, Structure, TypeRef, Version, Versions,
};

const FACTS: &str = include_str!("model_facts.tsv");

/// The files of `model/`, by name.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../model"));
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".csdl.xml"))
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn read(files: &[(String, String)]) -> Result<Model, CsdlError> {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    csdl::read(&files)
}

fn model() -> Model {
    read(&files()).unwrap_or_else(|error| panic!("{error}"))
}

/// `graph` goes without saying.
fn short(qualified_name: &str) -> &str {
    qualified_name.strip_prefix("microsoft.graph.").unwrap_or(qualified_name)
}

fn type_name(model: &Model, type_ref: TypeRef) -> String {
    let name = match type_ref.kind {
        Kind::Primitive(primitive) => format!("Edm.{}", primitive.name()),
        Kind::Enum(id) => model.enum_type(id).qualified_name(),
        Kind::Complex(id) | Kind::Entity(id) => model.structured(id).qualified_name(),
    };
    if type_ref.collection { format!("Collection({})", short(&name)) } else { short(&name).to_owned() }
}

fn nullable(type_ref: TypeRef) -> &'static str {
    if type_ref.nullable { "null" } else { "not null" }
}

/// The facts that a model states, in the form of the data file without the source.
struct Stated {
    facts: BTreeSet<String>,
}

impl Stated {
    fn of(model: &Model) -> Stated {
        let mut stated = Stated { facts: BTreeSet::new() };
        stated.add_enums(model);
        stated.add_types(model);
        stated.add_operations(model);
        stated.add_permissions(model);
        for set in model.sets.iter().filter(|set| set.navigation.is_none()) {
            let type_name = model.structured(set.entity_type).qualified_name();
            let kind = if set.kind == SetKind::Singleton { "singleton" } else { "set" };
            stated.add(set.versions, &[kind, &set.path, short(&type_name)]);
        }
        stated
    }

    fn add(&mut self, versions: Versions, fact: &[&str]) {
        let versions = if versions.contains(Version::V1) { "both" } else { "beta" };
        assert!(self.facts.insert(format!("{versions}\t{}", fact.join("\t"))), "twice: {fact:?}");
    }

    fn add_enums(&mut self, model: &Model) {
        for declared in &model.enums {
            let kind = if declared.is_flags { "flags" } else { "single" };
            self.add(declared.versions, &["enum", &declared.name, kind]);
            for member in &declared.members {
                let value = member.value.to_string();
                self.add(member.versions, &["member", &declared.name, &member.name, &value]);
            }
        }
    }

    fn add_types(&mut self, model: &Model) {
        for declared in &model.types {
            let kind = if declared.structure == Structure::Entity { "entity" } else { "complex" };
            let base = declared.base.map(|base| model.structured(base).qualified_name());
            let base = base.as_deref().map_or("-", short);
            let concrete = if declared.is_abstract { "abstract" } else { "concrete" };
            self.add(declared.versions, &[kind, &declared.name, base, concrete]);
        }
        // What no version shows is nobody's fact but ours.
        for property in model.properties.iter().filter(|property| property.versions != Versions::NONE) {
            let owner = &model.structured(property.declared_by).name;
            let (kind, null) = (type_name(model, property.type_ref), nullable(property.type_ref));
            self.add(property.versions, &["property", owner, &property.name, &kind, null]);
        }
        for navigation in &model.navigations {
            let owner = &model.structured(navigation.declared_by).name;
            let target = model.structured(navigation.target).qualified_name();
            let collection = format!("Collection({})", short(&target));
            let target = if navigation.collection { &collection } else { short(&target) };
            let contained = if navigation.contained { "contained" } else { "reference" };
            self.add(navigation.versions, &["navigation", owner, &navigation.name, target, contained]);
            assert!(navigation.nullable, "{} is not nullable, unlike all documented ones", navigation.name);
        }
    }

    fn add_operations(&mut self, model: &Model) {
        for operation in &model.operations {
            let kind = if operation.kind == OperationKind::Action { "action" } else { "function" };
            let binding = type_name(model, operation.binding);
            self.add(operation.versions, &[kind, &operation.name, &binding]);
            let owner = format!("{} {binding}", operation.name);
            for parameter in &operation.parameters {
                let (kind, null) = (type_name(model, parameter.type_ref), nullable(parameter.type_ref));
                self.add(parameter.versions, &["parameter", &owner, &parameter.name, &kind, null]);
            }
            if let Some(returns) = operation.returns {
                let (kind, null) = (type_name(model, returns), nullable(returns));
                self.add(operation.versions, &["returns", &owner, &kind, null]);
            }
        }
    }

    fn add_permissions(&mut self, model: &Model) {
        for navigation in &model.navigations {
            let owner = &model.structured(navigation.declared_by).name;
            self.add_restrictions(model, &format!("{owner}/{}", navigation.name), &navigation.restrictions);
        }
        for set in model.sets.iter().filter(|set| set.navigation.is_none()) {
            self.add_restrictions(model, &set.path, &set.restrictions);
        }
        for operation in &model.operations {
            let place = format!("{} {}", operation.name, type_name(model, operation.binding));
            self.add_permission(model, "call", &place, &operation.permissions);
        }
    }

    fn add_restrictions(&mut self, model: &Model, place: &str, restrictions: &Restrictions) {
        for (verb, permissions) in [
            ("read", &restrictions.read),
            ("insert", &restrictions.insert),
            ("update", &restrictions.update),
            ("delete", &restrictions.delete),
        ] {
            if let Some(permissions) = permissions {
                self.add_permission(model, verb, place, permissions);
            }
        }
    }

    fn add_permission(&mut self, model: &Model, verb: &str, place: &str, permissions: &Permissions) {
        let [delegated, application] = [&permissions.delegated, &permissions.application].map(|ids| {
            let mut names: Vec<&str> = ids.iter().map(|id| model.permission(*id)).collect();
            // Their order is the model's own, by what each allows.
            names.sort_unstable();
            if names.is_empty() { "-".to_owned() } else { names.join(" ") }
        });
        self.facts.insert(format!("-\tpermission\t{verb}\t{place}\t{delegated}\t{application}"));
    }
}

#[test]
fn the_model_states_the_documents_facts_and_no_others() {
    let stated = Stated::of(&model()).facts;
    let lines = FACTS.lines().filter(|line| !line.starts_with('#'));
    let facts: BTreeSet<String> = lines.map(|line| line.split_once('\t').unwrap().1.to_owned()).collect();
    assert!(facts.len() > 500, "the data file is cut");
    let missing = facts.difference(&stated).map(|fact| format!("missing in model/: {fact}"));
    let unknown = stated.difference(&facts).map(|fact| format!("not in model_facts.tsv: {fact}"));
    let differences: Vec<String> = missing.chain(unknown).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What the documents say in prose: limits, defaults, what the server sets, what is secret.
#[test]
fn facets_and_annotations_are_as_documented() {
    let model = model();
    let all = |test: fn(&odata::edm::Property) -> bool| -> Vec<String> {
        let marked = model.properties.iter().filter(|property| test(property));
        let mut names: Vec<String> = marked
            .map(|property| format!("{}.{}", model.structured(property.declared_by).name, property.name))
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        all(|property| property.secret),
        [
            "hardwarePasswordDetail.currentPassword",
            "hardwarePasswordDetail.previousPasswords",
            "hardwarePasswordDetail.stagedPassword",
            "hardwarePasswordInfo.currentPassword",
            "hardwarePasswordInfo.previousPasswords",
            "hardwarePasswordInfo.stagedPassword",
            "windowsAutopilotDeviceIdentity.deviceAccountPassword",
        ]
    );
    assert_eq!(
        all(|property| property.computed),
        [
            "device.createdDateTime",
            "device.isManagementRestricted",
            "deviceAgent.assignedConfigurationId",
            "deviceAgent.attributes",
            "deviceAgent.configurationId",
            "deviceAgent.configurationState",
            "deviceAgent.configurationVersion",
            "deviceAgent.enrolledDateTime",
            "deviceAgent.firmwareDriver",
            "deviceAgent.isPasswordSet",
            "deviceAgent.isRebootPending",
            "deviceAgent.lastReportDateTime",
            "deviceAgent.machine",
            "deviceAgent.publicKey",
            "enrollmentCode.createdDateTime",
            "enrollmentCode.expirationDateTime",
            "enrollmentCode.groupTag",
            "enrollmentCode.quota",
            "enrollmentCode.replacesKeys",
            "enrollmentCode.usedCount",
            "entity.id",
            "group.createdDateTime",
            "group.creationOptions",
            "group.expirationDateTime",
            "group.isManagementRestricted",
            "group.onPremisesDomainName",
            "group.onPremisesLastSyncDateTime",
            "group.onPremisesNetBiosName",
            "group.onPremisesSamAccountName",
            "group.onPremisesSecurityIdentifier",
            "group.onPremisesSyncEnabled",
            "group.proxyAddresses",
            "group.renewedDateTime",
            "group.securityIdentifier",
            "hardwareConfiguration.createdDateTime",
            "hardwareConfiguration.lastModifiedDateTime",
            "hardwareConfiguration.version",
            "hardwarePasswordDetail.currentPasswordDateTime",
            "hardwarePasswordDetail.passwordState",
            "hardwarePasswordDetail.previousPasswordCount",
            "hardwarePasswordInfo.currentPasswordDateTime",
            "hardwarePasswordInfo.passwordState",
            "hardwarePasswordInfo.previousPasswordCount",
            "roleScopeTag.isBuiltIn",
            "rollout.currentRing",
            "rollout.failuresForgiven",
            "rollout.haltReason",
            "rollout.isHalted",
            "rollout.version",
            "windowsAutopilotDeploymentProfile.createdDateTime",
            "windowsAutopilotDeploymentProfile.lastModifiedDateTime",
            "windowsAutopilotDeviceIdentity.musterImportId",
        ]
    );
    assert_eq!(
        all(|property| property.immutable),
        [
            "importedWindowsAutopilotDeviceIdentity.hardwareIdentifier",
            "importedWindowsAutopilotDeviceIdentity.importId",
            "importedWindowsAutopilotDeviceIdentity.state",
        ]
    );
    assert_eq!(
        all(|property| property.indexed),
        [
            "device.deviceId",
            "group.displayName",
            "hardwareConfiguration.displayName",
            "hardwareConfigurationDeviceState.configurationState",
            "hardwareConfigurationDeviceState.lastStateUpdateDateTime",
            "hardwareConfigurationDeviceState.ringOutcome",
            "hardwareConfigurationUserState.lastStateUpdateDateTime",
            "hardwareConfigurationUserState.worstState",
            "hardwarePasswordDetail.serialNumber",
            "hardwarePasswordInfo.serialNumber",
            "windowsAutopilotDeviceIdentity.serialNumber",
        ]
    );
    assert_eq!(
        all(|property| property.looked_up),
        [
            "importedWindowsAutopilotDeviceIdentity.serialNumber",
            "windowsAutopilotDeviceIdentity.azureActiveDirectoryDeviceId",
            "windowsAutopilotDeviceIdentity.displayName",
            "windowsAutopilotDeviceIdentity.groupTag",
        ]
    );
    // 512 and 1,024 are bounds of ours: what is indexed, or a device is known by, must fit in a page of an index, and no
    // password is longer.
    let limits: Vec<(&str, u32)> =
        model.properties.iter().filter_map(|each| Some((&*each.name, each.max_length?))).collect();
    assert_eq!(
        limits,
        [
            ("assignedUserPrincipalName", 512),
            ("groupTag", 512),
            ("hardwareIdentifier", 16_384),
            ("importId", 512),
            ("orderIdentifier", 512),
            ("productKey", 512),
            ("serialNumber", 512),
            ("azureActiveDirectoryDeviceId", 512),
            ("azureAdDeviceId", 512),
            ("deviceAccountPassword", 1024),
            ("displayName", 512),
            ("groupTag", 512),
            ("productKey", 512),
            ("purchaseOrderIdentifier", 512),
            ("serialNumber", 512),
            ("description", 1500),
            ("displayName", 200),
            ("roleScopeTagIds", 512),
            ("extensionAttribute1", 1024),
            ("extensionAttribute2", 1024),
            ("extensionAttribute3", 1024),
            ("extensionAttribute4", 1024),
            ("extensionAttribute5", 1024),
            ("extensionAttribute6", 1024),
            ("extensionAttribute7", 1024),
            ("extensionAttribute8", 1024),
            ("extensionAttribute9", 1024),
            ("extensionAttribute10", 1024),
            ("extensionAttribute11", 1024),
            ("extensionAttribute12", 1024),
            ("extensionAttribute13", 1024),
            ("extensionAttribute14", 1024),
            ("extensionAttribute15", 1024),
            ("deviceId", 512),
            ("displayName", 512),
            ("hostnames", 512),
            ("physicalIds", 1024),
            ("systemLabels", 512),
            ("creationOptions", 512),
            ("description", 1024),
            ("displayName", 256),
            ("groupTypes", 64),
            ("mailNickname", 64),
            ("membershipRule", 3072),
            ("proxyAddresses", 512),
            ("resourceBehaviorOptions", 512),
            ("resourceProvisioningOptions", 512),
            ("configurationFileContent", 5120),
            ("description", 1000),
            ("displayName", 150),
            ("fileName", 150),
            ("roleScopeTagIds", 512),
            ("currentPassword", 256),
            ("previousPasswords", 256),
            ("serialNumber", 512),
            ("stagedPassword", 256),
            ("currentPassword", 256),
            ("previousPasswords", 256),
            ("serialNumber", 512),
            ("stagedPassword", 256),
            ("resourceScopes", 512),
            ("members", 512),
            ("groupTag", 512),
            ("displayName", 150),
            ("id", 256),
            ("serialNumber", 512),
            ("currentPassword", 256),
            ("previousPasswords", 256),
        ]
    );
    // What a client may write has a bound; what a function of ours answers, and a record of the audit, needs none.
    let collections = model.properties.iter().filter(|property| property.type_ref.collection);
    let own =
        |property: &&odata::edm::Property| &*model.structured(property.declared_by).namespace == "muster";
    let bounds: Vec<(&str, Option<u32>)> =
        collections.filter(|each| !own(each)).map(|each| (&*each.name, each.max_items)).collect();
    assert_eq!(
        bounds,
        [
            ("userPermissions", None),
            ("userRoleScopeTags", None),
            ("modifiedProperties", None),
            ("resources", None),
            ("sources", Some(100)),
            ("roleScopeTagIds", Some(100)),
            ("hostnames", Some(100)),
            ("physicalIds", Some(1_000)),
            ("systemLabels", Some(100)),
            ("creationOptions", Some(100)),
            ("groupTypes", Some(10)),
            ("proxyAddresses", Some(1_000)),
            ("resourceBehaviorOptions", Some(100)),
            ("resourceProvisioningOptions", Some(100)),
            ("roleScopeTagIds", Some(100)),
            ("previousPasswords", Some(1_000)),
            ("previousPasswords", Some(1_000)),
            ("resourceScopes", Some(1_000)),
            ("members", Some(1_000)),
        ]
    );
    let parameters = model.operations.iter().flat_map(|operation| &operation.parameters);
    let secret: Vec<&str> = parameters.filter(|each| each.secret).map(|each| &*each.name).collect();
    assert_eq!(secret, ["deviceAccountPassword", "records"]);
    let not_implemented = model.navigations.iter().filter(|each| each.not_implemented);
    let not_implemented: Vec<&str> = not_implemented.map(|each| &*each.name).collect();
    assert_eq!(not_implemented, ["domainJoinConfiguration", "roleDefinitions", "roleAssignments"]);
    assert!(model.operations.iter().all(|operation| !operation.not_implemented));
    let privileged = "DeviceManagementManagedDevices.PrivilegedOperations.All";
    assert!(model.permissions.iter().any(|name| &**name == privileged));
}

#[test]
fn entities_rest_where_the_paths_say() {
    let model = model();
    let paths: Vec<&str> = model.sets.iter().map(|set| &*set.path).collect();
    assert_eq!(
        paths,
        [
            "devices",
            "groups",
            "deviceManagement",
            "groups/members",
            "deviceManagement/auditEvents",
            "deviceManagement/autopilotEvents",
            "deviceManagement/hardwareConfigurations",
            "deviceManagement/hardwarePasswordDetails",
            "deviceManagement/hardwarePasswordInfo",
            "deviceManagement/importedWindowsAutopilotDeviceIdentities",
            "deviceManagement/musterEnrollmentCodes",
            "deviceManagement/roleScopeTags",
            "deviceManagement/windowsAutopilotDeploymentProfiles",
            "deviceManagement/windowsAutopilotDeviceIdentities",
            "deviceManagement/windowsAutopilotSettings",
            "deviceManagement/autopilotEvents/policyStatusDetails",
            "deviceManagement/hardwareConfigurations/assignments",
            "deviceManagement/hardwareConfigurations/deviceRunStates",
            "deviceManagement/hardwareConfigurations/rollout",
            "deviceManagement/hardwareConfigurations/runSummary",
            "deviceManagement/hardwareConfigurations/userRunStates",
            "deviceManagement/hardwareConfigurations/versions",
            "deviceManagement/roleScopeTags/assignments",
            "deviceManagement/windowsAutopilotDeploymentProfiles/assignments",
            "deviceManagement/windowsAutopilotDeviceIdentities/musterAgent",
        ]
    );
    let references = model.navigations.iter().filter(|each| each.slot.is_some() || each.partner.is_some());
    let references: Vec<(&str, &str)> =
        references.map(|navigation| (&*navigation.name, &*model.set(navigation.set.unwrap()).name)).collect();
    assert_eq!(
        references,
        [
            ("deploymentProfile", "windowsAutopilotDeploymentProfiles"),
            ("intendedDeploymentProfile", "windowsAutopilotDeploymentProfiles"),
            ("assignedDevices", "windowsAutopilotDeviceIdentities"),
        ]
    );
}

/// A file of the model without the properties that no version shows.
fn without_hidden(text: &str) -> String {
    let Some(tag) = text.find("<Annotation Term=\"muster.Hidden\" />") else { return text.to_owned() };
    let (before, after) = text.split_at(tag);
    let (before, _) = before.rsplit_once("<Property ").unwrap();
    let (_, after) = after.split_once("</Property>").unwrap();
    without_hidden(&format!("{before}{after}"))
}

#[test]
fn metadata_is_well_formed_and_reads_back_as_the_same_model() {
    let model = model();
    for version in Version::ALL {
        let xml = write_xml(&model, version);
        let document = roxmltree::Document::parse(&xml).unwrap();
        assert_eq!(document.root_element().attribute("Version"), Some("4.0"));
        read(&[("$metadata".into(), xml)]).unwrap_or_else(|error| panic!("{version:?}: {error}"));
        let json: serde_json::Value = serde_json::from_str(&write_json(&model, version)).unwrap();
        assert_eq!(json["$EntityContainer"], "microsoft.graph.GraphService");
    }
    let full = files().into_iter().filter(|(name, _)| !name.starts_with("v1.0"));
    let full: Vec<_> = full.map(|(name, text)| (name, without_hidden(&text))).collect();
    let (full, again) =
        (read(&full).unwrap(), read(&[("$metadata".into(), write_xml(&model, Version::Beta))]));
    let again = again.unwrap();
    for (left, right) in [
        (format!("{:#?}", full.enums), format!("{:#?}", again.enums)),
        (format!("{:#?}", full.types), format!("{:#?}", again.types)),
        (format!("{:#?}", full.properties), format!("{:#?}", again.properties)),
        (format!("{:#?}", full.navigations), format!("{:#?}", again.navigations)),
        (format!("{:#?}", full.operations), format!("{:#?}", again.operations)),
        (format!("{:#?}", full.sets), format!("{:#?}", again.sets)),
        (
            format!("{:?} {:?}", full.permissions, full.container),
            format!("{:?} {:?}", again.permissions, again.container),
        ),
    ] {
        assert_eq!(left, right);
    }
}

#[test]
fn v1_metadata_has_nothing_that_only_beta_has() {
    let xml = write_xml(&model(), Version::V1);
    for absent in [
        "hardwareConfiguration",
        "azureAdDeviceId",
        "\"blocked\"",
        "surfaceHub2",
        "deviceAccountPassword",
        "orderIdentifier",
        "deviceAndAppManagementAssignmentFilterId",
        "deploymentProfile\"",
        "Partner",
        "deviceManagement/",
    ] {
        assert!(!xml.contains(absent), "{absent}");
    }
    assert!(xml.contains("windowsAutopilotDeviceIdentities"));
}
