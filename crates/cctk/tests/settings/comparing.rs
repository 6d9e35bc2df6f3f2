//! Two versions of a file, told apart in words.

use cctk::compare;

use crate::file;

#[test]
fn what_differs() {
    for (old, new, expected) in [
        ("A=1", "A=1", &[][..]),
        ("A=1\nB=x", "; moved\r\n[cctk]\r\n--b = X\r\na=1\r\n", &[]),
        ("A=1", "A=2", &["A changes from '1' to '2'"]),
        ("A=1", "a=", &["a changes from '1' to ''"]),
        ("A=1\nB=1", "A=1", &["B is gone; it was '1'"]),
        ("A=1", "A=1\nB=1", &["B is new: '1'"]),
        ("A=1\nB=1", "C=1\nB=2", &["C is new: '1'", "B changes from '1' to '2'", "A is gone; it was '1'"]),
        (
            "BootOrder=uefi\nBootOrder=hdd",
            "BootOrder=uefi\nBootOrder=usb\nBootOrder=hdd",
            &["BootOrder changes from 'uefi', 'hdd' to 'uefi', 'usb', 'hdd'"],
        ),
        (
            "BootOrder=a\nBootOrder=b",
            "BootOrder=b\nBootOrder=a",
            &["BootOrder changes from 'a', 'b' to 'b', 'a'"],
        ),
        ("A=1\nA=1", "A=1", &[]),
    ] {
        let told: Vec<String> = compare(&file(old), &file(new)).iter().map(ToString::to_string).collect();
        assert_eq!(told, expected, "{old} → {new}");
    }
}
