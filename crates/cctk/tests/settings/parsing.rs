//! Each shape of a file, and each mistake with its place.

use cctk::{FILE_BYTES_MAX, File, Rule};

use crate::{file, findings};

/// The settings of a file as `name=value@line:column/column`.
fn told(text: &[u8]) -> Vec<String> {
    let file = File::parse(text).unwrap_or_else(|findings| panic!("{findings:?}"));
    file.settings()
        .map(|setting| {
            let (at, value_at) = (setting.position, setting.value_position);
            assert_eq!(at.line, value_at.line);
            format!("{}={}@{}:{}/{}", setting.name, setting.value, at.line, at.column, value_at.column)
        })
        .collect()
}

#[test]
fn every_shape_is_read() {
    for (text, expected) in [
        (&b"A=1"[..], &["A=1@1:1/3"][..]),
        (b"A=1\n", &["A=1@1:1/3"]),
        (b"A=1\r\nB=2\r\n", &["A=1@1:1/3", "B=2@2:1/3"]),
        (b"[cctk]\r\nA=1\r\n", &["A=1@2:1/3"]),
        (b"[CCTK]\nA=1", &["A=1@2:1/3"]),
        (b"A=1\n[cctk]\nB=2", &["A=1@1:1/3", "B=2@3:1/3"]),
        (b"; a comment\n;A=0\n  ;B=0 = 1\nA=1", &["A=1@4:1/3"]),
        (b"\n \t\n\nA=1", &["A=1@4:1/3"]),
        (b"Asset=", &["Asset=@1:1/7"]),
        (b"A=1=2", &["A=1=2@1:1/3"]),
        (b"[cctk]\n; A=1\n", &[]),
        (b"MZ=1", &["MZ=1@1:1/4"]),
        (b"PK=1", &["PK=1@1:1/4"]),
        (b"A=+x,-y:1.5;z", &["A=+x,-y:1.5;z@1:1/3"]),
        (b"--A=1", &["A=1@1:3/5"]),
        (b"  --A  = \t1 x ", &["A=1 x@1:5/11"]),
        (b"-A=1\n".get(1..).unwrap(), &["A=1@1:1/3"]),
        (b"Wake On LAN=x", &["Wake On LAN=x@1:1/13"]),
        (
            b"BootOrder=a\nbootorder=b\nBOOTORDER=a",
            &["BootOrder=a@1:1/11", "bootorder=b@2:1/11", "BOOTORDER=a@3:1/11"],
        ),
        (b"Advsm=a\nAdvsm=b", &["Advsm=a@1:1/7", "Advsm=b@2:1/7"]),
        (
            b"PasswordConfiguration=PwdMinLen:4\nPasswordConfiguration=PwdDigitRqd:1",
            &["PasswordConfiguration=PwdMinLen:4@1:1/23", "PasswordConfiguration=PwdDigitRqd:1@2:1/23"],
        ),
        (b"A=1\nB=2\na=1", &["A=1@1:1/3", "B=2@2:1/3", "a=1@3:1/3"]),
        ("PropOwnTag=Büro 7".as_bytes(), &["PropOwnTag=Büro 7@1:1/12"]),
        (b"PropOwnTag=B\xfcro 7", &["PropOwnTag=Büro 7@1:1/12"]),
        (b"; Br\xfccke\nA=1", &["A=1@2:1/3"]),
    ] {
        assert_eq!(told(text), expected, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    for (text, expected) in [
        (&b"A"[..], &["1:1: error no-equals: the line that begins with 'A' has no '='"][..]),
        (b"A=1\n  B 2 x", &["2:3: error no-equals: the line that begins with 'B' has no '='"]),
        (b"A=1\n--reboot", &["2:1: error no-equals: the line that begins with '--reboot' has no '='"]),
        (b"=1", &["1:1: error bad-name: '' is no name of a setting"]),
        (b"--=1", &["1:3: error bad-name: '' is no name of a setting"]),
        (b"# A=1", &["1:1: error bad-name: '# A' is no name of a setting"]),
        (b"A=1\n-B=1", &["2:1: error bad-name: '-B' is no name of a setting"]),
        ("Größe=1".as_bytes(), &["1:1: error bad-name: 'Größe' is no name of a setting"]),
        (b"A=1\nB=\x07", &["2:3: error control-character: the character U+0007 is no text"]),
        (b"A=1\rB=2", &["1:4: error control-character: the character U+000D is no text"]),
        (b"[biosattrib]\nA=1", &["1:1: error section: '[biosattrib]' is not the section [cctk]"]),
        (b"[cctk\nA=1", &["1:1: error section: '[cctk' is not the section [cctk]"]),
        (b"[cctk]\nA=1\n[cctk]", &["3:1: error section: the section [cctk] begins again"]),
        (b"A=1\nB=1\n a=2", &["3:2: error contradiction: a is '2' here and '1' in line 1, column 1"]),
        (b"", &["1:1: error no-settings: the file has neither the section [cctk] nor a setting"]),
        (b"\n; A=1\n", &["1:1: error no-settings: the file has neither the section [cctk] nor a setting"]),
        (b"\xff\xfeA\0", &["1:1: error file-utf-16: the file is in UTF-16"]),
        (b"\xfe\xff\0A", &["1:1: error file-utf-16: the file is in UTF-16"]),
        (b"A\0=\x001\0", &["1:1: error file-utf-16: the file is in UTF-16, without a byte order mark"]),
        (b"\xef\xbb\xbfA=1", &["1:1: error file-byte-order-mark: the file begins with a byte order mark"]),
        (b"PK\x03\x04", &["1:1: error file-archive: the file is a ZIP archive"]),
        (
            b"MZ\x90\0",
            &[
                "1:1: error file-executable: the file is a program for Windows, perhaps a package for many platforms",
            ],
        ),
        // All of them, in the order of the lines.
        (
            b"B=1\nx\nb=2\n[y]",
            &[
                "2:1: error no-equals: the line that begins with 'x' has no '='",
                "3:1: error contradiction: b is '2' here and '1' in line 1, column 1",
                "4:1: error section: '[y]' is not the section [cctk]",
            ],
        ),
    ] {
        let told = findings(text);
        let shown = String::from_utf8_lossy(text);
        assert_eq!(told.len(), expected.len(), "{shown}: {told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(&format!("{expected}. ")), "{shown}: {told}");
        }
    }
}

#[test]
fn no_message_shows_a_password() {
    for text in [
        "SetupPwd=hunter2\nsetuppwd=hunter3",
        "--ValSetupPwd=hunter2",
        "SetupPwd hunter2",
        "SysPwd=hunter2\nSysPwd=hunter2",
    ] {
        let told = findings(text.as_bytes());
        assert!(!told.is_empty() && told.iter().all(|finding| !finding.contains("hunter")), "{told:?}");
    }
    let (old, new) = (file("SysPwd=hunter2\nA=1"), file("SysPwd=hunter3\nA=1"));
    let told: Vec<String> = cctk::compare(&old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(told, ["SysPwd changes from 'a password' to 'a password'"]);
}

#[test]
fn sizes_are_bounded() {
    let line = "; a comment that fills a file until it is as large as it may be\n";
    let mut text = line.repeat(FILE_BYTES_MAX / line.len());
    text.truncate(FILE_BYTES_MAX - 4);
    text += "\nA=1";
    assert_eq!(text.len(), FILE_BYTES_MAX);
    assert_eq!(file(&text).settings().count(), 1);
    text += " ";
    let told = File::parse(text.as_bytes()).unwrap_err();
    assert_eq!(told[0].rule, Rule::TooLarge);
    let many = "x\n".repeat(100_000);
    assert_eq!(File::parse(many.as_bytes()).unwrap_err().len(), 100, "of many mistakes some are told");
    let twice = "A=1\n".repeat(100_000);
    assert_eq!(cctk::lint(&file(&twice)).len(), 100, "and of many warnings");
    let long = format!("A={}\na={}", "x".repeat(100_000), "y".repeat(100_000));
    assert!(
        File::parse(long.as_bytes()).unwrap_err()[0].cause.len() < 300,
        "and of a long value its beginning"
    );
}
