//! What a name says of its line, and the names that are known.

use odata::edm::near_miss;

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingPurpose {
    /// A setting of the BIOS.
    Setting,
    /// It says which machine and tool wrote the file. It is never applied.
    Information,
    /// It is right for the one machine that the file comes from. It is never applied.
    OfOneMachine,
    /// It sets a password, or proves to know one. It is never applied, and the file is in error.
    Password,
}

const INFORMATION: [&str; 4] = ["SysName", "SysId", "BiosVer", "CCTKGenEngVer"];
const OF_ONE_MACHINE: [&str; 4] = ["Asset", "ServiceTag", "SvcTag", "Uuid"];
const PASSWORDS: [&str; 8] =
    ["HddPwd", "OwnerPwd", "SetupPwd", "SysPwd", "ValHddPwd", "ValOwnerPwd", "ValSetupPwd", "ValSysPwd"];
/// The names that stand once for each of their values.
const REPEAT: [&str; 3] = ["Advsm", "BootOrder", "PasswordConfiguration"];

/// A slip changes so many letters at most that stand together.
const SLIP_LETTERS_MAX: usize = 2;

fn holds(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The purpose of a line with this name.
pub fn purpose(name: &str) -> SettingPurpose {
    if holds(&INFORMATION, name) {
        SettingPurpose::Information
    } else if holds(&OF_ONE_MACHINE, name) {
        SettingPurpose::OfOneMachine
    } else if holds(&PASSWORDS, name) {
        SettingPurpose::Password
    } else {
        SettingPurpose::Setting
    }
}

/// Whether a name stands once for each of its values, instead of once.
pub fn may_repeat(name: &str) -> bool {
    holds(&REPEAT, name)
}

/// The known name that a name is most likely meant to be, if it is none itself.
pub(crate) fn slip(name: &str) -> Option<&'static str> {
    let known = || KNOWN.iter().chain(&REPEAT).copied();
    if purpose(name) != SettingPurpose::Setting || known().any(|known| known.eq_ignore_ascii_case(name)) {
        return None;
    }
    let alike = known().filter(|known| known.len().abs_diff(name.len()) <= 1);
    near_miss(name, alike).filter(|known| {
        // Names of a family differ in a number or a whole word; a slip changes a letter or two.
        let differing = differing(name, known);
        differing.len() <= SLIP_LETTERS_MAX && differing.contains(|letter: char| !letter.is_ascii_digit())
    })
}

/// What of a text is between the beginning and the end that it shares with another one; of two texts the longer such part.
fn differing<'t>(one: &'t str, other: &'t str) -> &'t str {
    let (long, short) = if one.len() < other.len() { (other, one) } else { (one, other) };
    let is_same = |(left, right): &(u8, u8)| left.eq_ignore_ascii_case(right);
    let start = long.bytes().zip(short.bytes()).take_while(is_same).count();
    let end = long.bytes().rev().zip(short.bytes().rev()).take_while(is_same).count();
    let end = end.min(short.len() - start);
    long.get(start..long.len() - end).unwrap_or(long)
}

/// Names of settings that business machines of several generations have. No list is complete: a name that is not in it
/// may well be right.
#[rustfmt::skip]
const KNOWN: [&str; 158] = [
    "AcPwrRcvry", "AcousticMgmt", "ActiveECoresSelect", "AdminSetupLockout", "AdvBatteryChargeCfg",
    "AlarmBeep", "AllowBiosDowngrade", "AmdVirtualization", "AutoOSRecoveryThreshold", "AutoOn",
    "AutoOnFri", "AutoOnHr", "AutoOnMn", "AutoOnMon", "AutoOnSat", "AutoOnSun", "AutoOnThur",
    "AutoOnTue", "AutoOnWed", "AuxOnBattery", "BiosAutoRcvr", "BiosConnect", "BiosLogClear",
    "BiosRcvrFrmHdd", "BlinkPowerSupply1Led", "BlockSleep", "BluetoothDevice", "BootMode",
    "BrightnessAc", "BrightnessBattery", "CStatesCtrl", "Camera", "CapsuleFirmwareUpdate",
    "CardReader", "ChasIntrusion", "CpuCore", "CpuXdSupport", "CustomChargeStart",
    "CustomChargeStop", "DeepSleepCtrl", "DisplayPort", "DockSupportOnBattery", "DustFilter",
    "EmbNic1", "EmbSataRaid", "EmbUnmngNic1", "ExtIPv4PXEBootTimeout", "ExtPostTime", "FanCtrl",
    "FanSpdLowerLimit", "Fastboot", "FingerprintReader", "FingerprintReaderSingleSignOn", "FnLock",
    "FnLockMode", "ForcePxeOnNextBoot", "FullScreenLogo", "HotDocking", "IntegratedAudio",
    "IntegratedSensorHub", "InternalSpeaker", "IntlSmartConnect", "KbdBacklightTimeoutAc",
    "KbdBacklightTimeoutBatt", "KeyboardIllumination", "LegacyOrom", "LidSwitch", "LogicProc",
    "M2PcieSsd0", "M2PcieSsd1", "MacAddrPassThru", "MasterPasswordLockout", "MediaCard",
    "MicrocodeUpdateSupport", "Microphone", "NumLock", "NvmePwdFeature", "OromKeyboardAccess",
    "OsIsolation", "PasswordBypass", "PasswordLock", "PcieResizableBar",
    "PeakShiftBatteryThreshold", "PeakShiftCfg", "PluginDeviceRecovery", "PostMopt",
    "PowerOnLidOpen", "PowerWarn", "PrimaryBattChargeCfg", "PropOwnTag", "PwdDigitRqd",
    "PwdLowerCaseRqd", "PwdMinLen", "PwdSpecialCharRqd", "PwdUpperCaseRqd", "Sata0", "Sata1",
    "Sata2", "Sata3", "SecureBoot", "SecureBootMode", "SerialPort1", "ServiceOsClear",
    "SetupPwdBypass", "SignOfLifeByKbdBacklight", "SignOfLifeByLogo", "SmartErrors",
    "SmmSecurityMitigation", "SpeakerMuteLed", "SpeedShift", "Speedstep", "StealthModeCtrl",
    "StrongPassword", "SupportAssistOSRecovery", "SysAuth", "Thunderbolt", "ThunderboltBoot",
    "ThunderboltPorts", "Touchscreen", "TpmActivation", "TpmClear", "TpmPpiClearOverride",
    "TpmPpiDpo", "TpmPpiPo", "TpmSecurity", "TpmSha256", "TrustExecution", "TurboMode",
    "TypeCDockAudio", "TypeCDockLan", "TypeCDockOverride", "TypeCPower", "UefiBootPathSecurity",
    "UefiCaptureUsb", "UefiNwStack", "UnmngNic", "UsbEmu", "UsbPortsExternal", "UsbPortsFront",
    "UsbPortsRear", "UsbPowerShare", "UsbWake", "VideoPowerOnlyPorts", "Virtualization", "VmdNvme",
    "VtForDirectIo", "WakeOnAc", "WakeOnDock", "WakeOnLan", "WakeOnLan2", "WarningsAndErr",
    "WatchdogTimer", "WirelessLan", "WirelessSwitchChanges", "WirelessWwan", "WlanAutoSense",
    "WwanAutoSense", "WxanBus",
];
