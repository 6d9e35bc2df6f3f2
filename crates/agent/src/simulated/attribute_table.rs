//! The attributes of simulated machines, a row each.

use AttributeRowKind::{Enumeration, Integer, OrderedList, String as Text};

use crate::attribute::{Attribute, AttributeKind, words};
use crate::firmware::Vendor;
use crate::modifier::{read_forces, read_modifiers};

/// An attribute of a table.
pub(super) struct AttributeRow {
    pub name: &'static str,
    kind: AttributeRowKind,
    default: &'static str,
    modifiers: &'static str,
    forces: &'static str,
    /// Whether a new value shows after a reboot only.
    pub is_shown_late: bool,
}

/// A kind, and its values as the driver writes them.
#[derive(Clone, Copy)]
enum AttributeRowKind {
    Enumeration(&'static str),
    Integer(i64, i64, i64),
    String(usize, usize),
    OrderedList(&'static str),
}

/// The table of a maker.
pub(super) fn of(vendor: Vendor) -> &'static [AttributeRow] {
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

impl AttributeRow {
    const fn new(name: &'static str, kind: AttributeRowKind, default: &'static str) -> AttributeRow {
        AttributeRow { name, kind, default, modifiers: "", forces: "", is_shown_late: false }
    }

    const fn modifiers(mut self, modifiers: &'static str) -> AttributeRow {
        self.modifiers = modifiers;
        self
    }

    const fn forces(mut self, forces: &'static str) -> AttributeRow {
        self.forces = forces;
        self
    }

    const fn shown_late(mut self) -> AttributeRow {
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
const DELL: &[AttributeRow] = &[
    AttributeRow::new("AcPwrRcvry", Enumeration("Off;On;Last;"), "Off"),
    AttributeRow::new("AdminSetupLockout", Enumeration("Disabled;Enabled;"), "Disabled"),
    AttributeRow::new("AllowBiosDowngrade", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("Asset", Text(0, 64), ""),
    AttributeRow::new("AutoOn", Enumeration("Disabled;Everyday;Weekdays;SelectDays;"), "Disabled"),
    AttributeRow::new("AutoOnHr", Integer(0, 23, 1), "0").modifiers("[SuppressIf:AutoOn=Disabled]"),
    AttributeRow::new("AutoOnMn", Integer(0, 59, 1), "0").modifiers("[SuppressIf:AutoOn=Disabled]"),
    AttributeRow::new("AutoOnMon", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIfNot:AutoOn=SelectDays]"),
    AttributeRow::new("AutoOnTue", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIfNot:AutoOn=SelectDays]"),
    AttributeRow::new("BiosAutoRcvr", Enumeration("Disabled;Enabled;"), "Disabled"),
    AttributeRow::new("BiosConnect", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("BluetoothDevice", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("BootMode", Enumeration("Uefi;Legacy;"), "Uefi").shown_late(),
    AttributeRow::new("CStatesCtrl", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("Camera", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("CapsuleFirmwareUpdate", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("ChasIntrusion", Enumeration("Disabled;Enabled;SilentEnable;"), "SilentEnable"),
    AttributeRow::new("CustomChargeStart", Integer(50, 95, 5), "50").modifiers("[ReadOnlyIfNot:PrimaryBattChargeCfg=Custom]"),
    AttributeRow::new("CustomChargeStop", Integer(55, 100, 5), "90").modifiers("[ReadOnlyIfNot:PrimaryBattChargeCfg=Custom]"),
    AttributeRow::new("DeepSleepCtrl", Enumeration("Disabled;S5Only;S4AndS5;"), "Disabled"),
    AttributeRow::new("EmbNic1", Enumeration("Disabled;Enabled;EnabledPxe;"), "EnabledPxe"),
    AttributeRow::new("EmbSataRaid", Enumeration("Disabled;Ahci;Raid;"), "Raid").shown_late(),
    AttributeRow::new("Fastboot", Enumeration("Minimal;Thorough;Auto;"), "Thorough"),
    AttributeRow::new("FingerprintReader", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("IntegratedAudio", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("KeyboardIllumination", Enumeration("Disabled;Dim;Bright;"), "Bright"),
    AttributeRow::new("LegacyOrom", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[ReadOnlyIf:SecureBoot=Enabled]").forces("Disabled[ForceIf:SecureBoot=Enabled];"),
    AttributeRow::new("LogicProc", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("MasterPasswordLockout", Enumeration("Disabled;Enabled;"), "Disabled"),
    AttributeRow::new("Microphone", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:IntegratedAudio=Disabled]"),
    AttributeRow::new("NumLock", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("PrimaryBattChargeCfg", Enumeration("Adaptive;Standard;Express;PrimAcUse;Custom;"), "Adaptive"),
    AttributeRow::new("PropOwnTag", Text(0, 80), ""),
    AttributeRow::new("PwdMinLen", Integer(4, 32, 1), "4"),
    AttributeRow::new("SecureBoot", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:BootMode=Legacy]"),
    AttributeRow::new("SecureBootMode", Enumeration("DeployedMode;AuditMode;"), "DeployedMode").modifiers("[SuppressIf:SecureBoot=Disabled]"),
    AttributeRow::new("SmartErrors", Enumeration("Disabled;Enabled;"), "Disabled"),
    AttributeRow::new("Speedstep", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("StrongPassword", Enumeration("Disabled;Enabled;"), "Disabled"),
    AttributeRow::new("ThunderboltPorts", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("TpmActivation", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[SuppressIf:TpmSecurity=Disabled]"),
    AttributeRow::new("TpmClear", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIf:TpmSecurity=Disabled]"),
    AttributeRow::new("TpmPpiClearOverride", Enumeration("Disabled;Enabled;"), "Disabled").modifiers("[SuppressIf:TpmSecurity=Disabled]"),
    AttributeRow::new("TpmSecurity", Enumeration("Disabled;Enabled;"), "Enabled").shown_late(),
    AttributeRow::new("TurboMode", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:Speedstep=Disabled]"),
    AttributeRow::new("UefiBootPathSecurity", Enumeration("Never;Always;AlwaysExceptInternalHdd;"), "AlwaysExceptInternalHdd"),
    AttributeRow::new("UefiNwStack", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("UsbEmu", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("UsbPortsExternal", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("UsbPowerShare", Enumeration("Disabled;Enabled;"), "Disabled"),
    AttributeRow::new("UsbWake", Enumeration("Disabled;Enabled;"), "Disabled"),
    AttributeRow::new("Virtualization", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("VmdNvme", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[SuppressIfNot:EmbSataRaid=Raid]"),
    AttributeRow::new("VtForDirectIo", Enumeration("Disabled;Enabled;"), "Enabled").modifiers("[ReadOnlyIf:Virtualization=Disabled]"),
    AttributeRow::new("WakeOnLan", Enumeration("Disabled;LanOnly;LanWithPxeBoot;"), "Disabled"),
    AttributeRow::new("WarningsAndErr", Enumeration("PromptWrnErr;ContWrn;ContWrnErr;"), "PromptWrnErr"),
    AttributeRow::new("WirelessLan", Enumeration("Disabled;Enabled;"), "Enabled"),
    AttributeRow::new("WlanAutoSense", Enumeration("Disabled;Enabled;"), "Disabled"),
];

#[rustfmt::skip]
const HP: &[AttributeRow] = &[
    AttributeRow::new("After Power Loss", Enumeration("Power Off;Power On;Previous State;"), "Power Off"),
    AttributeRow::new("Asset Tracking Number", Text(0, 18), ""),
    AttributeRow::new("Audio Device", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Configure Legacy Support and Secure Boot", Enumeration("Legacy Support Enable and Secure Boot Disable;Legacy Support Disable and Secure Boot Enable;Legacy Support Disable and Secure Boot Disable;"), "Legacy Support Disable and Secure Boot Enable").shown_late(),
    AttributeRow::new("Fast Boot", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Fingerprint Device", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Integrated Camera", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Wake on USB", Enumeration("Disable;Enable;"), "Disable"),
    AttributeRow::new("Microphone", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Minimum Password Length", Integer(4, 32, 1), "8"),
    AttributeRow::new("Network (PXE) Boot", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Ownership Tag 1", Text(0, 80), ""),
    AttributeRow::new("TPM State", Enumeration("Disable;Enable;"), "Enable").shown_late(),
    AttributeRow::new("UEFI Boot Order", OrderedList("HDD:M.2:1;HDD:USB:1;NETWORK IPV4:EMBEDDED:1;NETWORK IPV6:EMBEDDED:1;"), "HDD:M.2:1;HDD:USB:1;NETWORK IPV4:EMBEDDED:1;NETWORK IPV6:EMBEDDED:1"),
    AttributeRow::new("USB Storage Boot", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Virtualization Technology (VTx)", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("DMA Protection", Enumeration("Disable;Enable;"), "Enable"),
    AttributeRow::new("Wake On LAN", Enumeration("Disabled;Boot to Network;Boot to Hard Drive;"), "Boot to Hard Drive"),
    AttributeRow::new("Wireless Network Device (WLAN)", Enumeration("Disable;Enable;"), "Enable"),
];

#[rustfmt::skip]
const LENOVO: &[AttributeRow] = &[
    AttributeRow::new("AMTControl", Enumeration("Disable,Enable,Disabled Permanently"), "Enable"),
    AttributeRow::new("BIOSUpdateByEndUsers", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("BluetoothAccess", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("BootMode", Enumeration("Quick,Diagnostics"), "Quick"),
    AttributeRow::new("BootOrder", Text(0, 255), "NVMe0:USBHDD:PXEBOOT"),
    AttributeRow::new("CPUPowerManagement", Enumeration("Disable,Automatic"), "Automatic"),
    AttributeRow::new("DataExecutionPrevention", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("EthernetLANAccess", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("FingerprintReaderAccess", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("HyperThreadingTechnology", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("IntegratedCameraAccess", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("KernelDMAProtection", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("LockBIOSSetting", Enumeration("Disable,Enable"), "Disable"),
    AttributeRow::new("MicrophoneAccess", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("SecureBoot", Enumeration("Disable,Enable"), "Enable").shown_late(),
    AttributeRow::new("SecurityChip", Enumeration("Active,Inactive,Disable,Enable"), "Enable").shown_late(),
    AttributeRow::new("ThunderboltAccess", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("USBPortAccess", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("VTdFeature", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("VirtualizationTechnology", Enumeration("Disable,Enable"), "Enable"),
    AttributeRow::new("WakeOnLAN", Enumeration("Disable,ACOnly,ACandBattery,Enable"), "ACOnly"),
    AttributeRow::new("WirelessLANAccess", Enumeration("Disable,Enable"), "Enable"),
];
