//! What the tests need besides Rust: PostgreSQL, clients in Python, JavaScript, Go and Java with their libraries, an
//! OpenID provider, and a browser.
//!
//! Everything but Debian packages goes below `target/` and `node_modules/`, and is kept until its list changes.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::command::{in_root, root, run, succeeds};

/// Where Debian puts each version of PostgreSQL, in a folder of its number.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";
/// Where Debian puts the pooler that stands before PostgreSQL.
const POOLER: &str = "/usr/sbin/pgbouncer";
/// The libraries of the Python client.
const PYTHON_CLIENT: Python = Python {
    what: "Python client",
    requirements: "crates/muster/tests/sdk/python/requirements.txt",
    environment: "target/sdk-python",
};
/// What checks the OpenAPI document, and the server against it.
pub(crate) const CONTRACT: Python = Python {
    what: "contract checks",
    requirements: "crates/muster/tests/contract/requirements.txt",
    environment: "target/contract-python",
};
/// The folder of the console.
pub(crate) const CONSOLE: &str = "console";
/// The folders of JavaScript, each with a lock file, and what they are.
const JAVASCRIPT: [(&str, &str); 3] = [
    ("JavaScript client", "crates/muster/tests/sdk/javascript"),
    ("OpenID provider", "crates/muster/tests/sdk/oidc"),
    ("console", CONSOLE),
];

/// The browser in which the console is tested, and where its package puts it.
const BROWSER: &str = "/usr/bin/chromium";

/// The Go and the Java client, with the lists of their libraries.
const GO_CLIENT: &str = "crates/muster/tests/sdk/go";
const JAVA_CLIENT: &str = "crates/muster/tests/sdk/java";
/// The libraries of both, and what the tools keep of their work.
const GO_FOLDER: &str = "target/sdk-go";
const JAVA_FOLDER: &str = "target/sdk-java";

/// Installs whatever is missing.
pub(crate) fn run_all() -> Result<()> {
    debian_packages()?;
    browser()?;
    PYTHON_CLIENT.install()?;
    CONTRACT.install()?;
    JAVASCRIPT.into_iter().try_for_each(|(what, folder)| javascript(what, folder))?;
    go()?;
    java()
}

/// Installs what the contract checks need.
pub(crate) fn for_contract() -> Result<()> {
    debian_packages()?;
    CONTRACT.install()
}

/// The Debian packages of the programs that tests need and that are not there.
fn missing_packages() -> Vec<&'static str> {
    let has_postgres = || {
        let versions = fs::read_dir(POSTGRES_VERSIONS).into_iter().flatten().flatten();
        versions.map(|version| version.path().join("bin/initdb")).any(|initdb| initdb.is_file())
            || succeeds(in_root("initdb").arg("--version"))
    };
    let has = |program: &str, arguments: &[&str]| succeeds(in_root(program).args(arguments));
    let mut missing = Vec::new();
    if !has_postgres() {
        missing.push("postgresql");
    }
    if !exists(POOLER) {
        missing.push("pgbouncer");
    }
    if exists(PYTHON_CLIENT.requirements) && !has("python3", &["-c", "import ensurepip, venv"]) {
        missing.extend(["python3", "python3-venv"]);
    }
    let has_javascript = JAVASCRIPT.iter().any(|(_, folder)| exists(folder));
    if has_javascript && !has("node", &["--version"]) {
        missing.push("nodejs");
    }
    if has_javascript && !has("npm", &["--version"]) {
        missing.push("npm");
    }
    missing
}

fn debian_packages() -> Result<()> {
    let missing = missing_packages();
    if missing.is_empty() {
        println!("install: Debian packages: all there");
        return Ok(());
    }
    let list = missing.join(" ");
    if !can_install_packages() {
        bail!(
            "the tests need {list}; install them (on Debian: sudo apt-get install {list}) and run this again"
        );
    }
    install_packages(&missing)
}

/// Installs the browser. Few who change Rust test pages: where it cannot be installed, the console is not tested.
fn browser() -> Result<()> {
    if exists(BROWSER) || !exists(CONSOLE) {
        return Ok(());
    }
    if can_install_packages() {
        return install_packages(&["chromium"]);
    }
    println!("install: NOT TESTED without {BROWSER}: the console. On Debian: sudo apt-get install chromium");
    Ok(())
}

fn can_install_packages() -> bool {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    is_root && succeeds(in_root("apt-get").arg("--version"))
}

fn install_packages(packages: &[&str]) -> Result<()> {
    println!("install: Debian packages: {}", packages.join(" "));
    run(in_root("apt-get").arg("update"))?;
    let mut install = in_root("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Python libraries in an environment of their own.
pub(crate) struct Python {
    what: &'static str,
    /// The list of them, with their versions.
    requirements: &'static str,
    /// Where they are installed.
    environment: &'static str,
}

impl Python {
    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> String {
        format!("{}/bin/{name}", self.environment)
    }

    fn install(&self) -> Result<()> {
        let Python { what, requirements, environment } = self;
        if !exists(requirements) {
            return Ok(());
        }
        let installed = Installed::from(requirements, root().join(environment).join("installed"))?;
        if installed.is_current() {
            println!("install: {what}: {environment} is current");
            return Ok(());
        }
        println!("install: {what}: the libraries of {requirements}, into {environment}");
        run(in_root("python3").args(["-m", "venv", "--clear", environment]))?;
        let mut install = in_root(&self.program("python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        run(install.args(["--requirement", requirements]))?;
        installed.remember()
    }
}

/// The libraries of a folder with a lock file, into it.
pub(crate) fn javascript(what: &str, folder: &str) -> Result<()> {
    if !exists(folder) {
        return Ok(());
    }
    let lock = format!("{folder}/package-lock.json");
    let installed = Installed::from(&lock, root().join(folder).join("node_modules/.installed"))?;
    if installed.is_current() {
        println!("install: {what}: its node_modules are current");
        return Ok(());
    }
    println!("install: {what}: the libraries of {lock}, into its node_modules");
    run(in_root("npm").args(["ci", "--no-audit", "--no-fund", "--prefix", folder]))?;
    installed.remember()
}

/// Downloads and compiles the libraries of the Go client. Few who change Rust have Go: without it, its tests are left out.
fn go() -> Result<()> {
    let there = succeeds(in_root("go").arg("version"));
    if !exists(GO_CLIENT) || !is_there("Go", there) {
        return Ok(());
    }
    let installed =
        Installed::from(&format!("{GO_CLIENT}/go.sum"), root().join(GO_FOLDER).join("installed"))?;
    if installed.is_current() {
        println!("install: Go client: {GO_FOLDER} is current");
        return Ok(());
    }
    println!("install: Go client: the libraries of {GO_CLIENT}/go.mod, into {GO_FOLDER}");
    println!(
        "install: Go client: the SDK's models take minutes and five gigabytes of memory to compile, once"
    );
    let mut build = in_root("go");
    // A folder, as there are two clients.
    build.args(["-C", GO_CLIENT, "build", "-o"]).arg(root().join(GO_FOLDER).join("clients/")).arg("./...");
    build.env("GOMODCACHE", root().join(GO_FOLDER).join("modules"));
    build.env("GOCACHE", root().join(GO_FOLDER).join("cache"));
    // Otherwise its files could not be deleted like any others below target/.
    run(build.env("GOFLAGS", "-modcacherw -buildvcs=false"))?;
    installed.remember()
}

/// Downloads the libraries of the Java client. Without Java and Maven, its tests are left out.
fn java() -> Result<()> {
    let there = succeeds(in_root("java").arg("--version")) && succeeds(in_root("mvn").arg("--version"));
    if !exists(JAVA_CLIENT) || !is_there("Java with Maven", there) {
        return Ok(());
    }
    let list = format!("{JAVA_CLIENT}/pom.xml");
    let installed = Installed::from(&list, root().join(JAVA_FOLDER).join("installed"))?;
    if installed.is_current() {
        println!("install: Java client: {JAVA_FOLDER} is current");
        return Ok(());
    }
    println!("install: Java client: the libraries of {list}, into {JAVA_FOLDER}");
    let mut copy = in_root("mvn");
    copy.args(["--batch-mode", "--quiet", "--file", &list, "dependency:copy-dependencies"]);
    copy.arg(format!("-DoutputDirectory={}", root().join(JAVA_FOLDER).join("libraries").display()));
    run(&mut copy)?;
    installed.remember()
}

/// Whether a language is there; if not, says aloud what is not tested.
fn is_there(language: &str, there: bool) -> bool {
    if !there {
        println!("install: NOT TESTED without {language}: its Graph SDK and sign-in libraries");
    }
    there
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// A list of what is to be installed, and a copy of it from when it was.
struct Installed {
    wanted: String,
    copy: PathBuf,
}

impl Installed {
    fn from(list: &str, copy: PathBuf) -> Result<Installed> {
        let wanted = fs::read_to_string(root().join(list)).with_context(|| format!("cannot read {list}"))?;
        Ok(Installed { wanted, copy })
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(&self.copy).is_ok_and(|installed| installed == self.wanted)
    }

    fn remember(&self) -> Result<()> {
        fs::write(&self.copy, &self.wanted).with_context(|| format!("cannot write {}", self.copy.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_current_until_its_list_changes() {
        let copy = std::env::temp_dir().join(format!("xtask-installed-{}", std::process::id()));
        let installed = |wanted: &str| Installed { wanted: wanted.into(), copy: copy.clone() };
        assert!(!installed("a==1").is_current());
        installed("a==1").remember().unwrap();
        assert!(installed("a==1").is_current());
        assert!(!installed("a==2").is_current());
        fs::remove_file(&copy).unwrap();
    }
}
