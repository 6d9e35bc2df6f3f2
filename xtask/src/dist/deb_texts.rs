//! The texts of the Debian package that are made and not only copied.

use anyhow::{Result, bail};

use super::contents::project_text;
use super::source::Source;

/// Where dpkg puts the configuration, which it never overwrites unasked.
pub(super) const CONFIGURATION: &str = "etc/muster/muster.toml";
/// Where systemd finds the units.
pub(super) const UNIT: &str = "lib/systemd/system/muster.service";
pub(super) const AGENT_UNIT: &str = "lib/systemd/system/muster-agent.service";

const MAINTAINER: &str = "The Muster project <muster@users.noreply.github.com>";
const HOMEPAGE: &str = env!("CARGO_PKG_REPOSITORY");

/// The line of the configuration that says where the key is, and what stands there if systemd hands it over.
const KEY_FILE: &str = "key_file = '@DATA@/secrets.key'";
const CREDENTIAL: &str = "credential = \"muster-key\"";

/// The configuration that `muster init` writes, with the folder and the key of the unit.
pub(super) fn configuration() -> Result<String> {
    let template = project_text("deploy/muster.toml")?;
    if template.matches(KEY_FILE).count() != 1 {
        bail!("deploy/muster.toml has no line {KEY_FILE}");
    }
    let with_credential = template.replace(&format!("#! {CREDENTIAL}\n"), "").replace(KEY_FILE, CREDENTIAL);
    Ok(with_credential.replace("@DATA@", "/var/lib/muster"))
}

/// What the package is and needs.
pub(super) fn control(version: &str, kibibytes: usize) -> String {
    format!(
        "Package: muster
Version: {version}-1
Architecture: amd64
Maintainer: {MAINTAINER}
Installed-Size: {kibibytes}
Depends: init-system-helpers (>= 1.52), systemd | systemd-standalone-sysusers | systemd-sysusers
Recommends: ca-certificates
Suggests: postgresql
Section: net
Priority: optional
Homepage: {HOMEPAGE}
Description: server for the device-management part of Microsoft Graph
 Muster registers devices for Windows Autopilot, assigns deployment profiles
 and firmware settings, keeps BIOS passwords and says who looked at them. It
 keeps its data in a SQLite file or in PostgreSQL.
 .
 The package has the server, the agent of a machine and the commands of an
 operator in one program. Nothing is started before it is configured.
"
    )
}

/// Debian's own changelog has the version of the package; what changed is in the project's.
pub(super) fn changelog(source: &Source) -> Result<String> {
    let (version, date) = (&source.version, source.mail_date()?);
    Ok(format!(
        "muster ({version}-1) unstable; urgency=medium\n\n  * Package of {version}: changelog.gz says what is new.\n\n -- {MAINTAINER}  {date}\n"
    ))
}

/// What lintian would say and is meant: the package comes from the project, and its program needs no library.
pub(super) const LINTIAN_OVERRIDES: &str = "\
muster: initial-upload-closes-no-bugs
muster: statically-linked-binary
";

/// Whose it is, in the format of Debian.
pub(super) fn copyright() -> String {
    format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: muster
Source: {HOMEPAGE}

Files: *
Copyright: 2026 The Muster contributors
License: Apache-2.0
Comment: The program contains libraries by others, under licences of their own. licences.txt.gz in this folder has
 their texts, and muster.cdx.json.gz lists them.

License: Apache-2.0
 On Debian systems, the text of the license is in /usr/share/common-licenses/Apache-2.0.
"
    )
}
