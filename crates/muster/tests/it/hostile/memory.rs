//! What is sent to fill the server's memory

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use testkit::{ServerOptions, TestDatabase, TestServer};

use super::{DEVICES, assert_alive};

/// What the server may keep of it all: some bodies of 4 MiB are at work at once, and an allocator gives back late.
const GROWTH_MEBIBYTES_MAX: u64 = 96;

/// The memory that a process has, in MiB.
fn resident_mebibytes(process: u32) -> u64 {
    mebibytes(process, "VmRSS:")
}

/// The most memory that a process ever had, in MiB.
fn peak_mebibytes(process: u32) -> u64 {
    mebibytes(process, "VmHWM:")
}

fn mebibytes(process: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or_default() / 1024
}

/// 256 MiB of blanks, packed.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..256 {
        encoder.write_all(&blanks).expect("memory takes all");
    }
    encoder.finish().expect("memory takes all")
}

/// A server of its own, whose memory is nobody else's.
#[test]
fn bombs_leave_nothing_behind() {
    let server = TestServer::start(crate::MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let caller = server.caller();
    assert_alive(&caller);
    let before = resident_mebibytes(server.process_id());
    let bomb = bomb();
    assert!(before > 0 && bomb.len() < 4 << 20, "{before} MiB, {} bytes", bomb.len());
    let deep = format!("{{\"serialNumber\":{}", "[".repeat(3 << 20));
    let wide = format!("{{\"roleScopeTagIds\":[{}\"\"]}}", "\"\",".repeat(1 << 20));
    let text = format!("{{\"serialNumber\":\"{}\"}}", "x".repeat(3 << 20));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..4 {
                    let post = |body: &[u8]| caller.post(DEVICES).bytes("application/json", body);
                    post(&bomb).header("Content-Encoding", "gzip").send().refused(413, &[]);
                    post(deep.as_bytes()).send().refused(400, &[]);
                    post(wide.as_bytes()).send().refused(400, &[]);
                    post(text.as_bytes()).send().refused(400, &["serialNumber"]);
                }
            });
        }
    });
    assert_alive(&caller);
    let after = resident_mebibytes(server.process_id());
    assert!(after < before + GROWTH_MEBIBYTES_MAX, "{before} MiB before, {after} MiB after");
}

/// Many more bodies of the largest size than there is room for.
#[test]
fn bodies_at_once_are_bounded() {
    let config = Some(format!("[limits]\nbytes_at_once = {}\n", 3 * (4 << 20)));
    let options = ServerOptions { config, plain_http: true, ..ServerOptions::default() };
    let server = TestServer::start(crate::MUSTER, TestDatabase::Sqlite, options);
    let caller = server.caller();
    assert_alive(&caller);
    let before = resident_mebibytes(server.process_id());
    let body = format!("{{\"serialNumber\":\"{}\"}}", "x".repeat((4 << 20) - 20));
    let told: Vec<u16> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..48)
            .map(|_| {
                scope.spawn(|| {
                    let answer = caller.post(DEVICES).bytes("application/json", body.as_bytes()).send();
                    let is_told_when = answer.header("retry-after").is_some();
                    assert!(answer.status != 503 || is_told_when, "{answer:?}");
                    answer.status
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    assert!(told.iter().all(|status| [400, 503].contains(status)) && told.contains(&400), "{told:?}");
    let after = peak_mebibytes(server.process_id());
    assert!(after < before + GROWTH_MEBIBYTES_MAX, "{before} MiB before, {after} MiB at the peak");
    assert_alive(&caller);
}
