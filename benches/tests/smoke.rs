//! The benchmarks run from end to end at a tiny size. What they measure then means nothing, and nothing here looks.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Figures of every store that are never 0.
const POSITIVE_FIGURES: [&str; 12] = [
    "binary, in MB",
    "ready when empty, in ms",
    "ready when loaded, in ms",
    "memory when idle, in MB",
    "memory after load, in MB",
    "memory at its peak, in MB",
    "load, devices a second",
    "bytes on disk a device",
    "bytes a device in windowsAutopilotDeviceIdentities",
    "backlog empty after load, in s",
    "get beside writers, of its rate at rest",
    "contains beside writers, p99 in ms",
];

/// The server that was built along with this test, or is built now.
fn muster() -> PathBuf {
    let benches = Path::new(env!("CARGO_BIN_EXE_benches"));
    let muster = benches.with_file_name("muster");
    if !muster.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo).args(["build", "--package", "muster"]).status().unwrap();
        assert!(status.success(), "muster does not build");
    }
    muster
}

fn every_workload_is_measured(store: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_benches"));
    command.args(["--store", store, "--devices", "1000", "--rounds", "1", "--round-time", "50", "--muster"]);
    let output = command.arg(muster()).arg("--folder").arg(folder.path().join("bench")).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    let report = std::fs::read_to_string(folder.path().join("bench.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let workloads = report["workloads"].as_array().unwrap();
    assert_eq!(workloads.len(), 16, "{said}");
    for workload in workloads {
        for contender in ["bareHttp", "bareStore", "muster"] {
            let rate = workload[contender]["rate"].as_f64().unwrap();
            assert!(rate > 0.0, "{contender} did nothing: {workload}");
        }
    }
    let figures = report["figures"].as_array().unwrap();
    let goals = workloads.iter().chain(figures).filter(|line| !line["goal"].is_null()).count();
    assert_eq!(goals, 26, "each goal is of something that is measured: {said}");
    for name in POSITIVE_FIGURES {
        let figure = figures.iter().find(|figure| figure["name"] == name);
        assert!(figure.is_some_and(|figure| figure["value"].as_f64().unwrap() > 0.0), "{name}: {said}");
    }
}

#[test]
fn every_workload_is_measured_on_sqlite() {
    every_workload_is_measured("sqlite");
}

#[test]
fn every_workload_is_measured_on_postgres() {
    every_workload_is_measured("postgres");
}

#[test]
fn what_is_assigned_anew_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_benches"));
    command.args(["--store", "sqlite", "--devices", "300", "--workload", "reassign", "--muster"]);
    let output = command.arg(muster()).arg("--folder").arg(folder.path().join("bench")).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    for change in ["profile for a group", "tag of a device", "rule of a group", "profile for all devices"] {
        assert!(said.contains(change), "{said}");
    }
}

#[test]
fn a_neighbour_is_measured_on_both_stores() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_benches"));
    command.args([
        "--devices",
        "300",
        "--rounds",
        "1",
        "--round-time",
        "50",
        "--workload",
        "neighbour",
        "--muster",
    ]);
    let output = command.arg(muster()).arg("--folder").arg(folder.path().join("bench")).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    for store in ["sqlite", "postgres"] {
        for operation in ["get", "list-100", "create"] {
            let line = said.lines().find(|line| line.starts_with(store) && line.contains(operation));
            let share = line.and_then(|line| line.split_whitespace().nth(5)?.parse::<f64>().ok());
            assert!(share.is_some_and(|share| share > 0.0), "{store} {operation}: {said}");
        }
    }
}

#[test]
fn an_import_is_measured_on_both_stores() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_benches"));
    command.args(["import", "--rows", "1200", "--muster"]).arg(muster());
    let output = command.arg("--folder").arg(folder.path().join("import")).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    let report = std::fs::read_to_string(folder.path().join("import.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let imports = report["imports"].as_array().unwrap();
    assert_eq!(imports.len(), 2, "{said}");
    for import in imports {
        for number in ["bareRowsPerSecond", "musterRowsPerSecond", "serverPeakBytes", "clientPeakBytes"] {
            assert!(import[number].as_f64().unwrap() > 0.0, "{number}: {import}");
        }
    }
}
