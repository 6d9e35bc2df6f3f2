//! HTTP/2 by the frame, as no library would write it

use tokio::io::AsyncReadExt;

use crate::support::{PATIENCE, Running};

/// A frame of HTTP/2 (RFC 9113, 4.1).
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;
pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const ENHANCE_YOUR_CALM: u32 = 11;

/// The beginning of a connection: the preface and a setting, if there is one.
pub fn preface(setting: &[u8]) -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, setting)].concat()
}

/// A header that is in no table (RFC 7541, 6.2.2), with a value of less than 16 KiB.
pub fn literal(name: &str, value: &str) -> Vec<u8> {
    let length = match value.len() {
        short @ 0..127 => vec![u8::try_from(short).unwrap()],
        long => vec![
            127,
            u8::try_from((long - 127) % 128).unwrap() | 128,
            u8::try_from((long - 127) / 128).unwrap(),
        ],
    };
    [&[0, u8::try_from(name.len()).unwrap()], name.as_bytes(), &length, value.as_bytes()].concat()
}

/// The headers of a GET.
pub fn get(server: &Running, path: &str) -> Vec<u8> {
    let token = format!("Bearer {}", server.token());
    let headers = [(":path", path), (":authority", "localhost"), ("authorization", &token)];
    let indexed = vec![0x82, 0x87];
    [indexed, headers.map(|(name, value)| literal(name, value)).concat()].concat()
}

/// The frames that the server sends until it closes the connection: their kinds and payloads.
pub async fn frames(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    let reading = async {
        loop {
            let mut head = [0; 9];
            if stream.read_exact(&mut head).await.is_err() {
                return;
            }
            let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
            if stream.read_exact(&mut payload).await.is_err() {
                return;
            }
            frames.push((head[3], payload));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the server closes the connection");
    frames
}

/// The reason with which the server left, if it said one.
pub fn reason(frames: &[(u8, Vec<u8>)]) -> Option<u32> {
    let (_, payload) = frames.iter().find(|(kind, _)| *kind == GOAWAY)?;
    Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()))
}
