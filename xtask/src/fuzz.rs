//! `cargo xtask fuzz`: runs each fuzz target for a short while, from the corpus that is committed. On a stable toolchain
//! it runs without the sanitizers, which only a nightly has.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{in_root, root, run, succeeds};

/// How long each target is run, unless told.
const SECONDS: u32 = 20;
/// The largest input, and the most memory.
const INPUT_BYTES_MAX: u32 = 16 << 10;
const MEMORY_MEBIBYTES_MAX: u32 = 1024;
/// No input may take longer.
const SECONDS_EACH_MAX: u32 = 5;

/// Runs all targets, or those that are named.
pub(crate) fn run_all(options: &[String]) -> Result<()> {
    let (seconds, mut targets) = parse(options)?;
    if !succeeds(in_root("cargo").args(["fuzz", "--version"])) {
        println!("fuzz: installs cargo-fuzz");
        run(in_root("cargo").args(["install", "cargo-fuzz", "--locked"]))?;
    }
    if targets.is_empty() {
        targets = all()?;
    }
    for target in &targets {
        // What is found new is kept apart from what is committed.
        let found = format!("target/fuzz/{target}");
        fs::create_dir_all(root().join(&found))?;
        let mut fuzz = Command::new("cargo");
        fuzz.current_dir(root()).args(["fuzz", "run", target]);
        if !is_nightly() {
            fuzz.args(["--sanitizer", "none"]).env("RUSTC_BOOTSTRAP", "1");
        }
        fuzz.args([&found, &format!("fuzz/corpus/{target}"), "--"]);
        fuzz.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={INPUT_BYTES_MAX}"));
        fuzz.arg(format!("-timeout={SECONDS_EACH_MAX}"));
        fuzz.arg(format!("-rss_limit_mb={MEMORY_MEBIBYTES_MAX}"));
        fuzz.arg("-seed=1");
        run(&mut fuzz).with_context(|| format!("the target {target} found something"))?;
    }
    println!("fuzz: {} targets found nothing in {seconds} s each", targets.len());
    Ok(())
}

fn is_nightly() -> bool {
    let version = in_root("rustc").arg("--version").output();
    version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("nightly"))
}

/// Every target there is.
fn all() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        targets.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

fn parse(options: &[String]) -> Result<(u32, Vec<String>)> {
    let (mut seconds, mut targets) = (SECONDS, Vec::new());
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.as_str() {
            "--seconds" => {
                let value = options.next().context("--seconds needs a number")?;
                seconds = value.parse().with_context(|| format!("'{value}' is not a number"))?;
            }
            unknown if unknown.starts_with('-') => bail!("no such option: {unknown}; there is --seconds N"),
            target => targets.push(target.to_owned()),
        }
    }
    Ok((seconds, targets))
}

#[cfg(test)]
mod tests {
    use super::{all, parse};

    #[test]
    fn options() {
        let parse = |words: &[&str]| parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(parse(&[]).unwrap(), (20, Vec::new()));
        assert_eq!(parse(&["--seconds", "5", "url"]).unwrap(), (5, vec!["url".to_owned()]));
        assert!(parse(&["--seconds"]).is_err() && parse(&["--what"]).is_err());
    }

    #[test]
    fn every_target_has_a_corpus() {
        let targets = all().unwrap();
        assert!(targets.len() >= 5, "{targets:?}");
        for target in targets {
            let corpus = crate::command::root().join("fuzz/corpus").join(&target);
            assert!(corpus.read_dir().unwrap().count() >= 10, "{target}");
        }
    }
}
