//! A body that is read by a thread while it comes, a few parts ahead of it at most.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::request_error::RequestError;

/// The parts that wait for the reader.
const PARTS_WAITING_MAX: usize = 8;

/// A body as a thread reads it.
pub(super) struct UploadReader {
    parts: Receiver<Bytes>,
    part: Bytes,
}

/// The two ends of an upload.
pub(super) fn channel() -> (Sender<Bytes>, UploadReader) {
    let (sender, parts) = mpsc::channel(PARTS_WAITING_MAX);
    (sender, UploadReader { parts, part: Bytes::new() })
}

/// Hands a body over to its reader, to the end or until the reader has had enough. The next part must come in time.
pub(super) async fn send(mut body: Body, to: Sender<Bytes>, patience: Duration) -> Result<(), RequestError> {
    loop {
        let frame = tokio::time::timeout(patience, body.frame()).await.map_err(|_| RequestError::TooSlow)?;
        let Some(frame) = frame else { return Ok(()) };
        let frame =
            frame.map_err(|error| RequestError::Malformed(format!("the list cannot be read: {error}")))?;
        // What is no data are trailers, which say nothing here.
        if let Ok(part) = frame.into_data() {
            // The reader may end before the body does; then the rest is passed over.
            let _ = to.send(part).await;
        }
    }
}

impl Read for UploadReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.parts.blocking_recv() {
                Some(part) => self.part = part,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.part.len());
        self.part.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
