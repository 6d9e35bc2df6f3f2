//! Where a request of HTTP/1 ends. The HTTP library passes over a length that another one contradicts, so that nobody
//! could refuse it; and what it refuses itself gets no body. Here its bytes are heard on the way, and both are mended.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use http::{HeaderMap, Method, Request, Version, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::error_body;
use crate::limits::{HEAD_BYTES_MAX, Limits};
use crate::refusal::Refusal;

/// What was read of a connection since the head of its last request: at least the head of the next, if that is whole.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<Vec<u8>>>);

/// Marks a request whose head tells of its length more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contradiction;

impl Heard {
    fn hear(&self, bytes: &[u8]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(bytes);
        if heard.len() > 2 * HEAD_BYTES_MAX {
            let past = heard.len() - HEAD_BYTES_MAX;
            heard.drain(..past);
        }
    }

    /// Whether the head of this request, the last that came, tells of its length more than once. What was heard up to
    /// its end is forgotten.
    pub fn contradicts<B>(&self, request: &Request<B>) -> bool {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !tells_length(request.headers()) {
            heard.clear();
            return false;
        }
        let line = format!("{} {} ", request.method(), request.uri());
        let Some(start) = heard.windows(line.len()).position(|part| part == line.as_bytes()) else {
            heard.clear();
            return false;
        };
        let (mut lengths, mut end) = (0, start);
        for line in heard[start..].split_inclusive(|byte| *byte == b'\n') {
            end += line.len();
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            let is = |known: &header::HeaderName| name.eq_ignore_ascii_case(known.as_str().as_bytes());
            lengths += usize::from(is(&header::CONTENT_LENGTH) || is(&header::TRANSFER_ENCODING));
            if line.trim_ascii().is_empty() {
                break;
            }
        }
        heard.drain(..end);
        lengths > 1
    }

    /// Whether not even the first line of a request has come to its end.
    fn is_one_line(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&b'\n')
    }
}

fn tells_length(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

/// Checks that it is clear where a request ends (RFC 9112, 6.3).
pub fn check<B>(request: &Request<B>) -> Result<(), Refusal> {
    if request.version() > Version::HTTP_11 {
        return Ok(());
    }
    if request.extensions().get::<Contradiction>().is_some() {
        let message = "the request tells of its length more than once; send one Content-Length, or chunks";
        return Err(Refusal::Unframed(message.to_owned()));
    }
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        let message = "no Transfer-Encoding but 'chunked' is taken; a Content-Encoding may be gzip";
        return Err(Refusal::Unframed(message.to_owned()));
    }
    let has_body = matches!(*request.method(), Method::POST | Method::PATCH | Method::PUT)
        && request.headers().contains_key(header::CONTENT_TYPE);
    match has_body && !tells_length(request.headers()) {
        true => Err(Refusal::LengthRequired),
        false => Ok(()),
    }
}

/// A connection that is listened to.
pub struct Overheard<S> {
    stream: S,
    heard: Heard,
    url_bytes: usize,
    /// What is to be written in place of something else.
    instead: Vec<u8>,
}

impl<S> Overheard<S> {
    /// Listens to a connection.
    pub fn new(stream: S, limits: &Limits) -> Overheard<S> {
        Overheard { stream, heard: Heard::default(), url_bytes: limits.url_bytes, instead: Vec::new() }
    }

    /// What is heard.
    pub fn heard(&self) -> Heard {
        self.heard.clone()
    }

    /// The refusal that the HTTP library is about to write, if it is one of its own: without a body, and without
    /// the names that all of ours have. No other answer has bare line ends in its body.
    fn bare_refusal(&self, written: &[u8]) -> Option<Refusal> {
        const START: &[u8] = b"HTTP/1.1 4";
        const OWN: &[u8] = b"\r\nconnection: close\r\ncontent-length: 0\r\ndate: ";
        let line_end =
            written.starts_with(START).then(|| written.windows(2).position(|two| two == b"\r\n"))??;
        let is_whole = written[line_end..].starts_with(OWN) && written.ends_with(b"\r\n\r\n");
        let status = std::str::from_utf8(written.get(9..12)?).ok().filter(|_| is_whole)?;
        Some(match status {
            "414" => Refusal::UrlTooLong(self.url_bytes),
            "431" if self.heard.is_one_line() => Refusal::UrlTooLong(self.url_bytes),
            "431" => Refusal::HeadersTooLarge("the headers are too many or too long".to_owned()),
            _ => Refusal::Unframed("this is no request that HTTP/1.1 knows".to_owned()),
        })
    }
}

impl<S: AsyncWrite + Unpin> Overheard<S> {
    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        while !self.instead.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(context, &self.instead))?;
            if count == 0 {
                return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
            }
            self.instead.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Overheard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.heard.hear(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Overheard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        ready!(self.poll_instead(context))?;
        if let Some(refusal) = self.bare_refusal(bytes) {
            self.instead = error_body::unasked(&refusal);
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        match parts {
            // A refusal of the library's is written alone.
            [one] => self.poll_write(context, one),
            _ => {
                ready!(self.poll_instead(context))?;
                Pin::new(&mut self.stream).poll_write_vectored(context, parts)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.poll_instead(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.poll_instead(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{Heard, Overheard};
    use crate::limits::Limits;

    #[test]
    fn a_length_that_is_told_twice_is_noticed() {
        for (head, expected) in [
            ("Content-Length: 2\r\n", false),
            ("Transfer-Encoding: chunked\r\n", false),
            ("Content-Length: 2\r\nContent-Length: 2\r\n", true),
            ("content-LENGTH: 2\r\nX: 1\r\nTRANSFER-encoding: chunked\r\n", true),
            ("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", true),
            ("X-Content-Length: 2\r\nContent-Length: 2\r\n", false),
            ("X: Content-Length: 2\r\nContent-Length: 2\r\n", false),
        ] {
            let request = Request::post("/beta/x?y").header("content-length", "2").body(()).unwrap();
            for before in ["", "the rest of a body\r\n\r\nContent-Length: 1\r\n"] {
                let heard = Heard::default();
                heard.hear(format!("{before}POST /beta/x?y HTTP/1.1\r\n{head}\r\n").as_bytes());
                heard.hear(b"{}Content-Length: 7\r\n\r\n");
                assert_eq!(heard.contradicts(&request), expected, "{before}{head}");
                assert_eq!(heard.0.lock().unwrap().as_slice(), b"{}Content-Length: 7\r\n\r\n");
            }
        }
    }

    #[test]
    fn what_is_heard_is_bounded() {
        let heard = Heard::default();
        for _ in 0..1_000 {
            heard.hear(&[b'x'; 4_096]);
        }
        assert!(heard.0.lock().unwrap().len() <= 2 * super::HEAD_BYTES_MAX);
    }

    #[test]
    fn only_a_refusal_without_a_body_gets_ours() {
        let stream = Overheard::new((), &Limits::default());
        let own = "connection: close\r\ncontent-length: 0\r\ndate: Sun, 22 Nov 2026 06:40:58 GMT\r\n\r\n";
        for (written, mended) in [
            (format!("HTTP/1.1 400 Bad Request\r\n{own}"), true),
            (format!("HTTP/1.1 431 Request Header Fields Too Large\r\n{own}"), true),
            (format!("HTTP/1.1 200 OK\r\n{own}"), false),
            (format!("HTTP/1.1 404 Not Found\r\nrequest-id: 1\r\n{own}"), false),
            (format!("HTTP/1.1 400 Bad Request\r\n{own}{{}}"), false),
            ("HTTP/1.1 4".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(stream.bare_refusal(written.as_bytes()).is_some(), mended, "{written}");
        }
    }
}
