//! Settings that can lock out, brick or lose data: a table of names, values, and what happens.

use crate::file::Setting;
use crate::finding::Rule;

/// Settings that have the same consequence.
#[derive(Debug)]
pub struct Hazard {
    /// The settings that have it.
    pub settings: Pattern,
    /// What must stand in the same file; otherwise nothing happens.
    pub with: Option<Pattern>,
    /// The rule that warns of it.
    pub rule: Rule,
    /// What happens, as the rest of a sentence that begins with the setting.
    pub consequence: &'static str,
}

/// Settings by name and value, both in any case.
#[derive(Debug)]
pub struct Pattern {
    /// The names of the settings.
    pub names: &'static [&'static str],
    /// The values, of which a list may have more behind a comma; if there are none, any value.
    pub values: &'static [&'static str],
}

impl Pattern {
    /// Whether a setting is one of these.
    pub(crate) fn has(&self, setting: &Setting) -> bool {
        let is = |known: &[&str], text: &str| known.iter().any(|known| known.eq_ignore_ascii_case(text));
        let value = setting.value.split(',').next().unwrap_or_default();
        is(self.names, &setting.name) && (self.values.is_empty() || is(self.values, value))
    }
}

const OFF: &[&str] = &["Disabled", "Disable", "Off"];
const ON: &[&str] = &["Enabled", "Enable", "On"];

const fn hazard(
    names: &'static [&'static str],
    values: &'static [&'static str],
    rule: Rule,
    consequence: &'static str,
) -> Hazard {
    Hazard { settings: Pattern { names, values }, with: None, rule, consequence }
}

/// Every hazard, in the order of the documentation.
pub const HAZARDS: &[Hazard] = &[
    hazard(
        &["BootMode", "BootList", "ActiveBootList"],
        &[],
        Rule::MayNotStart,
        "changes how the machine starts: a system that was installed in the other mode does not start",
    ),
    hazard(
        &["EmbSataRaid", "SataOperation", "VmdNvme"],
        &[],
        Rule::MayNotStart,
        "changes how disks are reached: Windows stops with INACCESSIBLE_BOOT_DEVICE if it was installed in another mode",
    ),
    hazard(
        &["Sata0", "Sata1", "Sata2", "Sata3", "M2PcieSsd0", "M2PcieSsd1", "M2PcieSsd2", "NvmePort"],
        OFF,
        Rule::MayNotStart,
        "makes the disk at this port disappear: if it is the one that the system is on, nothing starts",
    ),
    hazard(
        &["BootOrder"],
        &[],
        Rule::MayNotStart,
        "replaces the order of boot devices: a machine whose devices have other names finds nothing to start",
    ),
    hazard(
        &["TrustExecution"],
        ON,
        Rule::MayNotStart,
        "turns measured launch on: a machine whose processor does not support it fully may never start again",
    ),
    hazard(
        &["LegacyOrom"],
        OFF,
        Rule::MayNotStart,
        "turns old option ROMs off: a graphics card or disk controller that needs its own shows nothing",
    ),
    hazard(
        &["SecureBoot"],
        &[],
        Rule::BitLocker,
        "changes what BitLocker seals its key to: the next start asks for the recovery key",
    ),
    hazard(
        &["SecureBoot"],
        ON,
        Rule::MayNotStart,
        "refuses boot loaders that are not signed, and all of legacy mode: such a system does not start",
    ),
    Hazard {
        settings: Pattern {
            names: &["BootMode", "BootList", "ActiveBootList", "BootOrder"],
            values: &["Legacy", "legacytype", "Bios"],
        },
        with: Some(Pattern { names: &["SecureBoot"], values: ON }),
        rule: Rule::MayNotStart,
        consequence: "chooses legacy mode, which Secure Boot in this file refuses: nothing starts",
    },
    hazard(
        &["SecureBootMode"],
        &["AuditMode", "Audit"],
        Rule::BitLocker,
        "only reports what Secure Boot would refuse: it protects nothing, and BitLocker asks for the recovery key",
    ),
    hazard(
        &["TpmSecurity", "TpmActivation", "TpmSecuritySetting", "TpmSha256"],
        &["Disabled", "Disable", "Off", "Deactivate", "Deactivated"],
        Rule::BitLocker,
        "takes the TPM from the system: BitLocker asks for the recovery key at each start, and keys in the TPM are out of reach",
    ),
    hazard(
        &["TpmClear"],
        &["Enabled", "Enable", "Yes", "Clear"],
        Rule::DataLoss,
        "destroys all keys in the TPM: without the recovery key, disks that BitLocker locked are lost",
    ),
    hazard(
        &["TpmPpiClearOverride"],
        ON,
        Rule::DataLoss,
        "lets software clear the TPM without anybody at the machine: all keys in it can get lost",
    ),
    hazard(
        &["SecureWipe", "WipeOnNextBoot", "DataWipe"],
        ON,
        Rule::DataLoss,
        "erases the disks at the next start",
    ),
    hazard(
        &["UsbEmu", "UsbPortsExternal", "UsbPortsFront", "UsbPortsRear"],
        OFF,
        Rule::LockOut,
        "turns USB off before the system starts, or for good: on a machine without another keyboard nobody can type",
    ),
    hazard(
        &["AdminSetupLockout", "PasswordLock"],
        ON,
        Rule::LockOut,
        "closes BIOS Setup to whoever has no administrator password",
    ),
    hazard(
        &["BiosAutoRcvr", "BiosRcvrFrmHdd"],
        OFF,
        Rule::LockOut,
        "takes away the way to mend a BIOS whose update failed: such a machine goes to the maker",
    ),
    hazard(
        &["MasterPasswordLockout"],
        ON,
        Rule::Irreversible,
        "takes the maker's way around a forgotten password away: then only a new board helps",
    ),
    hazard(
        &["Absolute", "Computrace"],
        &["PermanentlyDisabled", "PermDisabled", "Disable", "Disabled", "Activate"],
        Rule::Irreversible,
        "decides about the tracking module for the life of the board",
    ),
];
