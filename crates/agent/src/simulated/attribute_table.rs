//! The attributes of simulated machines, a row each.

use RowKind::{Enumeration, Integer, OrderedList, String as Text};

use crate::attribute::{Attribute, AttributeKind, words};
use crate::firmware::Vendor;
use crate::modifier::{read_forces, read_modifiers};

/// An attribute of a table.
pub(super) struct Row {
    pub name: &'static str,
    kind: RowKind,
    default: &'static str,
    modifiers: &'static str,
    forces: &'static str,
    /// Whether a new value shows after a reboot only.
    pub is_shown_late: bool,
}

/// A kind, and its values as the driver writes them.
#[derive(Clone, Copy)]
enum RowKind {
    Enumeration(&'static str),
    Integer(i64, i64, i64),
    String(usize, usize),
    OrderedList(&'static str),
}

/// The table of a maker.
pub(super) fn of(vendor: Vendor) -> &'static [Row] {
    match vendor {
        Vendor::Dell => DELL,
        Vendor::Hp => HP,
        Vendor::Lenovo => LENOVO,
        Vendor::Surface => &[],
    }
}

/// The legal values of an attribute other than its own; of a text none.
pub(super) fn other_values(attribute: &Attribute) -> Vec<String> {
    let all = match &attribute.kind {
        AttributeKind::Enumeration { possible } => possible.clone(),
        AttributeKind::Integer { min, max, .. } => vec![min.to_string(), max.to_string()],
        AttributeKind::String { .. } => Vec::new(),
        AttributeKind::OrderedList { elements } => {
            let mut rotated = elements.clone();
            rotated.rotate_left(1.min(elements.len()));
            vec![rotated.join(";")]
        }
    };
    all.into_iter().filter(|value| !attribute.is_same(value, &attribute.current)).collect()
}

impl Row {
    const fn new(name: &'static str, kind: RowKind, default: &'static str) -> Row {
        Row { name, kind, default, modifiers: "", forces: "", is_shown_late: false }
    }

    const fn modifiers(mut self, modifiers: &'static str) -> Row {
        self.modifiers = modifiers;
        self
    }

    const fn forces(mut self, forces: &'static str) -> Row {
        self.forces = forces;
        self
    }

    const fn shown_late(mut self) -> Row {
        self.is_shown_late = true;
        self
    }

    /// The attribute with its default value.
    pub(super) fn attribute(&self) -> Attribute {
        Attribute {
            kind: match self.kind {
                Enumeration(possible) => AttributeKind::Enumeration { possible: words(possible) },
                Integer(min, max, step) => AttributeKind::Integer { min, max, step },
                Text(min_length, max_length) => AttributeKind::String { min_length, max_length },
                OrderedList(elements) => AttributeKind::OrderedList { elements: words(elements) },
            },
            current: self.default.to_owned(),
            default: Some(self.default.to_owned()),
            display_name: Some(self.name.to_owned()),
            modifiers: read_modifiers(self.modifiers),
            forces: read_forces(self.forces),
        }
    }
}

#[rustfmt::skip]
const DELL: &[Row] = &[
    Row::new("AcPwrRcvry", Enumeration("Off;On;Last;"), "Off"),
    Row::new("AdminSetupLockout", Enumeration("Disabled;Enabled;"), "Disabled"),
    Row::new("AllowBiosDowngrade", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("Asset", Text(0, 64), ""),
    Row::new("AutoOn", Enumeration("Disabled;Everyday;Weekdays;SelectDays;"), "Disabled"),
    Row::new("AutoOnHr", Integer(0, 23, 1), "0").modifiers("[SuppressIf:AutoOn=Disabled]"),
    Row::new("AutoOnMn", Integer(0, 59, 1), "0").modifiers("[SuppressIf:AutoOn=Disabled]"),
    Row::new("AutoOnMon", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIfNot:AutoOn=SelectDays]"),
    Row::new("AutoOnTue", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIfNot:AutoOn=SelectDays]"),
    Row::new("BiosAutoRcvr", Enumeration("Disabled;Enabled;"), "Disabled"),
    Row::new("BiosConnect", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("BluetoothDevice", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("BootMode", Enumeration("Uefi;Legacy;"), "Uefi").shown_late(),
    Row::new("CStatesCtrl", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("Camera", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("CapsuleFirmwareUpdate", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("ChasIntrusion", Enumeration("Disabled;Enabled;SilentEnable;"), "SilentEnable"),
    Row::new("CustomChargeStart", Integer(50, 95, 5), "50").modifiers("[ReadOnlyIfNot:PrimaryBattChargeCfg=Custom]"),
    Row::new("CustomChargeStop", Integer(55, 100, 5), "90").modifiers("[ReadOnlyIfNot:PrimaryBattChargeCfg=Custom]"),
    Row::new("DeepSleepCtrl", Enumeration("Disabled;S5Only;S4AndS5;"), "Disabled"),
    Row::new("EmbNic1", Enumeration("Disabled;Enabled;EnabledPxe;"), "EnabledPxe"),
    Row::new("EmbSataRaid", Enumeration("Disabled;Ahci;Raid;"), "Raid").shown_late(),
    Row::new("Fastboot", Enumeration("Minimal;Thorough;Auto;"), "Thorough"),
    Row::new("FingerprintReader", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("IntegratedAudio", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("KeyboardIllumination", Enumeration("Disabled;Dim;Bright;"), "Bright"),
    Row::new("LegacyOrom", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[ReadOnlyIf:SecureBoot=Enabled]").forces("Disabled[ForceIf:SecureBoot=Enabled];"),
    Row::new("LogicProc", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("MasterPasswordLockout", Enumeration("Disabled;Enabled;"), "Disabled"),
    Row::new("Microphone", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:IntegratedAudio=Disabled]"),
    Row::new("NumLock", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("PrimaryBattChargeCfg", Enumeration("Adaptive;Standard;Express;PrimAcUse;Custom;"), "Adaptive"),
    Row::new("PropOwnTag", Text(0, 80), ""),
    Row::new("PwdMinLen", Integer(4, 32, 1), "4"),
    Row::new("SecureBoot", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:BootMode=Legacy]"),
    Row::new("SecureBootMode", Enumeration("DeployedMode;AuditMode;"), "DeployedMode").modifiers("[SuppressIf:SecureBoot=Disabled]"),
    Row::new("SmartErrors", Enumeration("Disabled;Enabled;"), "Disabled"),
    Row::new("Speedstep", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("StrongPassword", Enumeration("Disabled;Enabled;"), "Disabled"),
    Row::new("ThunderboltPorts", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("TpmActivation", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[SuppressIf:TpmSecurity=Disabled]"),
    Row::new("TpmClear", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIf:TpmSecurity=Disabled]"),
    Row::new("TpmPpiClearOverride", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIf:TpmSecurity=Disabled]"),
    Row::new("TpmSecurity", Enumeration("Disabled;Enabled;"), "Enabled").shown_late(),
    Row::new("TurboMode", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:Speedstep=Disabled]"),
    Row::new("UefiBootPathSecurity", Enumeration("Never;Always;AlwaysExceptInternalHdd;"), "AlwaysExceptInternalHdd"),
    Row::new("UefiNwStack", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("UsbEmu", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("UsbPortsExternal", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("UsbPowerShare", Enumeration("Disabled;Enabled;"), "Disabled"),
    Row::new("UsbWake", Enumeration("Disabled;Enabled;"), "Disabled"),
    Row::new("Virtualization", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("VmdNvme", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[SuppressIfNot:EmbSataRaid=Raid]"),
    Row::new("VtForDirectIo", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:Virtualization=Disabled]"),
    Row::new("WakeOnLan", Enumeration("Disabled;LanOnly;LanWithPxeBoot;"), "Disabled"),
    Row::new("WarningsAndErr", Enumeration("PromptWrnErr;ContWrn;ContWrnErr;"), "PromptWrnErr"),
    Row::new("WirelessLan", Enumeration("Disabled;Enabled;"), "Enabled"),
    Row::new("WlanAutoSense", Enumeration("Disabled;Enabled;"), "Disabled"),
];

#[rustfmt::skip]
const HP: &[Row] = &[
    Row::new("After Power Loss", Enumeration("Power Off;Power On;Previous State;"), "Power Off"),
    Row::new("Asset Tracking Number", Text(0, 18), ""),
    Row::new("Audio Device", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Configure Legacy Support and Secure Boot", Enumeration("Legacy Support Enable and Secure Boot Disable;Legacy Support Disable and Secure Boot Enable;Legacy Support Disable and Secure Boot Disable;"), "Legacy Support Disable and Secure Boot Enable").shown_late(),
    Row::new("Fast Boot", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Fingerprint Device", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Integrated Camera", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Wake on USB", Enumeration("Disable;Enable;"), "Disable"),
    Row::new("Microphone", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Minimum Password Length", Integer(4, 32, 1), "8"),
    Row::new("Network (PXE) Boot", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Ownership Tag 1", Text(0, 80), ""),
    Row::new("TPM State", Enumeration("Disable;Enable;"), "Enable").shown_late(),
    Row::new("UEFI Boot Order", OrderedList("HDD:M.2:1;HDD:USB:1;NETWORK IPV4:EMBEDDED:1;NETWORK IPV6:EMBEDDED:1;"), "HDD:M.2:1;HDD:USB:1;NETWORK IPV4:EMBEDDED:1;NETWORK IPV6:EMBEDDED:1"),
    Row::new("USB Storage Boot", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Virtualization Technology (VTx)", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Virtualization Technology for Directed I/O (VTd)", Enumeration("Disable;Enable;"), "Enable"),
    Row::new("Wake On LAN", Enumeration("Disabled;Boot to Network;Boot to Hard Drive;"), "Boot to Hard Drive"),
    Row::new("Wireless Network Device (WLAN)", Enumeration("Disable;Enable;"), "Enable"),
];

#[rustfmt::skip]
const LENOVO: &[Row] = &[
    Row::new("AMTControl", Enumeration("Disable,Enable,Disabled Permanently"), "Enable"),
    Row::new("BIOSUpdateByEndUsers", Enumeration("Disable,Enable"), "Enable"),
    Row::new("BluetoothAccess", Enumeration("Disable,Enable"), "Enable"),
    Row::new("BootMode", Enumeration("Quick,Diagnostics"), "Quick"),
    Row::new("BootOrder", Text(0, 255), "NVMe0:USBHDD:PXEBOOT"),
    Row::new("CPUPowerManagement", Enumeration("Disable,Automatic"), "Automatic"),
    Row::new("DataExecutionPrevention", Enumeration("Disable,Enable"), "Enable"),
    Row::new("EthernetLANAccess", Enumeration("Disable,Enable"), "Enable"),
    Row::new("FingerprintReaderAccess", Enumeration("Disable,Enable"), "Enable"),
    Row::new("HyperThreadingTechnology", Enumeration("Disable,Enable"), "Enable"),
    Row::new("IntegratedCameraAccess", Enumeration("Disable,Enable"), "Enable"),
    Row::new("KernelDMAProtection", Enumeration("Disable,Enable"), "Enable"),
    Row::new("LockBIOSSetting", Enumeration("Disable,Enable"), "Disable"),
    Row::new("MicrophoneAccess", Enumeration("Disable,Enable"), "Enable"),
    Row::new("SecureBoot", Enumeration("Disable,Enable"), "Enable").shown_late(),
    Row::new("SecurityChip", Enumeration("Active,Inactive,Disable,Enable"), "Enable").shown_late(),
    Row::new("ThunderboltAccess", Enumeration("Disable,Enable"), "Enable"),
    Row::new("USBPortAccess", Enumeration("Disable,Enable"), "Enable"),
    Row::new("VTdFeature", Enumeration("Disable,Enable"), "Enable"),
    Row::new("VirtualizationTechnology", Enumeration("Disable,Enable"), "Enable"),
    Row::new("WakeOnLAN", Enumeration("Disable,ACOnly,ACandBattery,Enable"), "ACOnly"),
    Row::new("WirelessLANAccess", Enumeration("Disable,Enable"), "Enable"),
];
