//! Tests of membership rules: the texts that are rules, and the devices that they select.

use engine::handlers::Names;
use odata::query::evaluate::matches;
use odata::{Record, Value};

use super::tree::{Attribute, RULE_CHARACTERS_MAX};
use super::{DeviceProperties, parse};
use crate::muster::VOCABULARY;
use crate::{MusterSettings, model};

/// A device with two registrations' ids, a name, and nothing else.
fn selects(rule: &str) -> bool {
    let model = model::load(&MusterSettings::default()).unwrap();
    let names = Names::new(&model, VOCABULARY);
    let properties = DeviceProperties::new(&names, "device").unwrap();
    let device_type = names.structured("device").unwrap();
    let mut device = Record::empty(device_type, model.structured(device_type).slots);
    let ids = ["[ZTDID]:1b9c", "[OrderID]:Kiosk", "[PurchaseOrderId]:4711", "[HWID]:h:1"];
    let ids = ids.map(|id| Value::String(id.into())).to_vec();
    device.set(names.slot("device", "physicalIds").unwrap(), Value::Collection(ids));
    device.set(names.slot("device", "displayName").unwrap(), Value::String("PC-Berlin-07".into()));
    device.set(names.slot("device", "accountEnabled").unwrap(), Value::Boolean(false));
    let rule = parse(rule).unwrap_or_else(|error| panic!("{rule}: {error}"));
    matches(&properties.expression(&rule), &device)
}

#[test]
fn what_rules_select() {
    for (rule, selected) in [
        (r#"(device.devicePhysicalIDs -any (_ -contains "[ZTDID]"))"#, true),
        (r#"(device.devicePhysicalIDs -any _ -startsWith "[ZTDId]")"#, true),
        (r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk")"#, true),
        (r#"device.devicephysicalids -ANY (_ -EQ "[orderid]:kiosk")"#, true),
        (r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:Kios")"#, false),
        (r#"device.devicePhysicalIds -any (_ -in ["[OrderID]:A", "[OrderID]:KIOSK"])"#, true),
        (r#"device.devicePhysicalIds -any (_ -notIn ["[OrderID]:A"])"#, true),
        (r#"device.devicePhysicalIds -all (_ -startsWith "[")"#, true),
        (r#"device.devicePhysicalIds -all (_ -ne "[OrderID]:Kiosk")"#, false),
        (r#"device.devicePhysicalIds -any (_ -startsWith "[O" -and _ -endsWith "k")"#, true),
        (r#"device.devicePhysicalIds -any (_ -match "^\[orderid\]:k[a-z]+$")"#, true),
        (r#"device.displayName -match "^PC-[A-Z]+-\d+$""#, true),
        (r#"device.displayName -notMatch "paris""#, true),
        (r#"device.displayName -startsWith "pc-" -and device.accountEnabled -eq false"#, true),
        (r#"device.displayName -eq "x" -or device.displayName -eq 'PC-BERLIN-07'"#, true),
        (r#"-not (device.displayName -contains "berlin")"#, false),
        (r#"-not device.displayName -contains "paris" -and device.deviceModel -eq null"#, true),
        (r#"device.deviceModel -ne null"#, false),
        (r#"device.deviceModel -ne "x""#, true),
        (r#"device.deviceModel -notContains "x""#, true),
        (r#"device.accountEnabled -eq true"#, false),
        // -and binds tighter than -or.
        (
            r#"device.displayName -eq "PC-Berlin-07" -or device.displayName -eq "a" -and device.displayName -eq "b""#,
            true,
        ),
        (
            r#"(device.displayName -eq "PC-Berlin-07" -or device.displayName -eq "a") -and device.displayName -eq "b""#,
            false,
        ),
        (r#"device.displayName eq "PC-Berlin-07" and not device.displayName eq "b""#, true),
        ("device.displayName -eq \"PC-`\"Berlin\"", false),
    ] {
        assert_eq!(selects(rule), selected, "{rule}");
    }
}

#[test]
fn what_is_no_rule_is_told_with_its_position() {
    let deep = "(".repeat(40);
    for (rule, position, part) in [
        ("", 0, "found the end"),
        ("   ", 3, "found the end"),
        ("device.displayName", 18, "operator"),
        (r#"device.displayName -equals "a""#, 19, "'-equals'"),
        (r#"device.displayNam -eq "a""#, 0, "'displayName'"),
        (r#"user.displayName -eq "a""#, 0, "'device.'"),
        (r#"device.displayName -eq a"#, 23, "in quotes"),
        (r#"device.displayName -eq "a"#, 23, "closing quote"),
        (r#"device.displayName -eq "a" device"#, 27, "'-and'"),
        (r#"(device.displayName -eq "a""#, 27, "')'"),
        (r#"device.devicePhysicalIds -eq "a""#, 25, "'-any'"),
        (r#"device.devicePhysicalIds -any (device.displayName -eq "a")"#, 31, "'_'"),
        (r#"_ -eq "a""#, 0, "'-any'"),
        (r#"device.displayName -in "a""#, 23, "list"),
        (r#"device.displayName -eq ["a"]"#, 23, "no list"),
        (r#"device.displayName -in ["a" "b"]"#, 28, "','"),
        (r#"device.displayName -startsWith null"#, 31, "a text"),
        (r#"device.accountEnabled -eq "true""#, 26, "true or false"),
        (r#"device.displayName -eq true"#, 23, "in quotes"),
        (r#"device.displayName -match "(""#, 26, "pattern"),
        (r#"device.displayName % "a""#, 19, "'%'"),
        (&deep, 33, "deeper"),
    ] {
        let error = parse(rule).expect_err(rule);
        assert!(error.message.contains(part), "{rule}: {error}");
        assert_eq!(error.position, position, "{rule}: {error}");
    }
    let long = format!("device.displayName -eq \"{}\"", "x".repeat(RULE_CHARACTERS_MAX));
    assert!(parse(&long).is_err());
    let values = vec!["\"a\""; 300].join(",");
    assert!(parse(&format!("device.displayName -in [{values}]")).is_err());
}

#[test]
fn the_physical_ids_that_a_rule_can_only_be_about() {
    let [a, b] = ["[orderid]:a", "[orderid]:b"];
    for (rule, ids) in [
        (r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk")"#, Some(&["[orderid]:kiosk"][..])),
        (
            r#"device.devicePhysicalIds -any (_ -eq "[PurchaseOrderId]:Ä 1")"#,
            Some(&["[purchaseorderid]:ä 1"]),
        ),
        (r#"device.devicePhysicalIds -any (_ -eq "[ZTDID]:A")"#, Some(&["[ztdid]:a"])),
        (r#"device.devicePhysicalIds -any (_ -in ["[OrderID]:A", "[OrderID]:B"])"#, Some(&[a, b])),
        (r#"device.devicePhysicalIds -any (_ -in ["[OrderID]:A", "[ZTDID]:B"])"#, Some(&[a, "[ztdid]:b"])),
        (r#"device.devicePhysicalIds -any (_ -in ["[OrderID]:A", "[USER-GID]:B"])"#, None),
        (r#"device.devicePhysicalIds -any (_ -contains "[ZTDID]")"#, None),
        (
            r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:A") -and device.displayName -eq "b""#,
            Some(&[a]),
        ),
        (
            r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:A") -and device.devicePhysicalIds -any (_ -eq "[PurchaseOrderId]:1")"#,
            Some(&[a]),
        ),
        (r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:A") -or device.displayName -eq "b""#, None),
        (r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:A" -or _ -eq "[OrderID]:B")"#, Some(&[a, b])),
        (r#"-not (device.devicePhysicalIds -any (_ -eq "[OrderID]:A"))"#, None),
        (r#"device.devicePhysicalIds -all (_ -eq "[OrderID]:A")"#, None),
    ] {
        let found = parse(rule).unwrap().physical_ids();
        let found: Option<Vec<&str>> = found.as_ref().map(|ids| ids.iter().map(|id| &**id).collect());
        assert_eq!(found.as_deref(), ids, "{rule}");
    }
}

#[test]
fn every_attribute_is_a_property() {
    let model = model::load(&MusterSettings::default()).unwrap();
    DeviceProperties::new(&Names::new(&model, VOCABULARY), "device").unwrap();
    assert_eq!(Attribute::named("DEVICEPHYSICALIDS"), Some(Attribute::DevicePhysicalIds));
}
