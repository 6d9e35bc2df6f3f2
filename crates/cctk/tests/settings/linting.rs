//! What is found in a file that can be read.

use cctk::{File, HAZARDS, Rule, lint};

use crate::{file, findings};

#[test]
fn what_is_found() {
    for (text, expected) in [
        ("Camera=Enabled\nNumLock=Disabled", &[][..]),
        ("SetupPwd=x", &["1:1: error password: SetupPwd sets or tells a password"]),
        ("A=1\n--valsyspwd=x", &["2:3: error password: valsyspwd sets or tells a password"]),
        (
            "PwdMinLen=4\nPasswordBypass=Disabled\nPasswordConfiguration=PwdMinLen:4\nStrongPassword=Disabled",
            &[],
        ),
        ("A=1\nB=2\nA=1", &["3:1: warning repeated: A stands already in line 1, column 1"]),
        ("BootMode=Uefi\nAdvsm=a\nAdvsm=a", &["1:10: warning may-not-start: BootMode=Uefi changes how"]),
        ("Asset=EX-1", &["1:1: warning of-one-machine: Asset is 'EX-1' on one machine only"]),
        ("Asset=", &[]),
        (
            "svctag=ABC\nUuid=1",
            &[
                "1:1: warning of-one-machine: svctag is 'ABC' on one machine only",
                "2:1: warning of-one-machine: Uuid is '1' on one machine only",
            ],
        ),
        ("SysName=X\nSysId=0CB9\nBiosVer=1\nCCTKGenEngVer=5", &[]),
        ("PropOwnTag=Büro", &["1:12: warning not-ascii: PropOwnTag is 'Büro'"]),
        (
            "SecureBot=Disabled",
            &["1:1: warning near-miss: 'SecureBot' is no name that is known; did you mean SecureBoot?"],
        ),
        (
            "WakeOnLam=LanOnly",
            &["1:1: warning near-miss: 'WakeOnLam' is no name that is known; did you mean WakeOnLan?"],
        ),
        // Another of the family is no slip.
        ("EmbNic2=Enabled\nUsbPortsLeft=Enabled\nAutoOnWeekend=Enabled\nSomethingNew=1", &[]),
        ("TpmClear=Enabled", &["1:10: warning data-loss: TpmClear=Enabled destroys all keys in the TPM"]),
        ("TpmClear=Disabled", &[]),
        (
            "SecureBoot=Disabled",
            &["1:12: warning bitlocker-recovery: SecureBoot=Disabled changes what BitLocker"],
        ),
        (
            "SecureBoot=Enabled\nBootOrder=legacy,hdd.1",
            &[
                "1:12: warning bitlocker-recovery: SecureBoot=Enabled changes",
                "1:12: warning may-not-start: SecureBoot=Enabled refuses",
                "2:11: warning may-not-start: BootOrder=legacy,hdd.1 replaces",
                "2:11: warning may-not-start: BootOrder=legacy,hdd.1 chooses legacy mode, which Secure Boot in this file refuses",
            ],
        ),
        (
            "SecureBoot=Disabled\nBootOrder=legacy,hdd.1",
            &[
                "1:12: warning bitlocker-recovery: SecureBoot=Disabled changes",
                "2:11: warning may-not-start: BootOrder=legacy,hdd.1 replaces",
            ],
        ),
    ] {
        let told = findings(text.as_bytes());
        assert_eq!(told.len(), expected.len(), "{text}: {told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{text}: {told}");
        }
    }
}

#[test]
fn every_hazard_warns_of_each_of_its_settings_and_of_no_other_value() {
    for hazard in HAZARDS {
        let values =
            if hazard.settings.values.is_empty() { &["Anything"][..] } else { hazard.settings.values };
        for name in hazard.settings.names {
            for value in values {
                let company = hazard
                    .with
                    .as_ref()
                    .map(|company| format!("{}={}\n", company.names[0], company.values[0]));
                let text = format!(
                    "{}{}={}",
                    company.clone().unwrap_or_default(),
                    name.to_lowercase(),
                    value.to_uppercase()
                );
                let found = lint(&file(&text));
                let is_told = |finding: &cctk::Finding| {
                    finding.rule == hazard.rule && finding.cause.ends_with(hazard.consequence)
                };
                assert!(found.iter().any(is_told), "{text}: {found:?}");
                assert!(
                    !hazard.rule.is_error() && found.iter().all(|finding| !finding.rule.is_error()),
                    "{text}"
                );
                let without = file(&format!("{name}={value}"));
                assert!(company.is_none() || !lint(&without).iter().any(is_told), "{text} needs company");
                let other = file(&format!("{}{name}=SomethingElse", company.unwrap_or_default()));
                let is_any = hazard.settings.values.is_empty();
                assert_eq!(lint(&other).iter().any(is_told), is_any, "{text}");
            }
        }
    }
}

#[test]
fn each_subject_of_harm_has_a_warning() {
    for (lines, rule) in [
        ("BootMode=Legacy", Rule::MayNotStart),
        ("TpmClear=Enabled", Rule::DataLoss),
        ("TpmSecurity=Disabled", Rule::BitLocker),
        ("EmbSataRaid=Ahci", Rule::MayNotStart),
        ("SecureBoot=Enabled\nBootOrder=legacy", Rule::MayNotStart),
        ("SecureBoot=Disabled", Rule::BitLocker),
        ("AdminSetupLockout=Enabled", Rule::LockOut),
        ("MasterPasswordLockout=Enabled", Rule::Irreversible),
    ] {
        assert!(lint(&file(lines)).iter().any(|finding| finding.rule == rule), "{lines}");
    }
}

#[test]
fn codes_are_one_for_each_rule() {
    let mut codes: Vec<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
    assert!(Rule::ALL.iter().all(|rule| rule.remedy().ends_with('.')));
}

#[test]
fn many_unknown_names_are_looked_at_in_no_time() {
    let text: String = (0..120_000).map(|index| format!("Unknwn{index}=1\n")).collect();
    assert!(lint(&File::parse(text.as_bytes()).unwrap()).len() <= 100);
}
