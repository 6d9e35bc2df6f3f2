//! A connection whose requests are read along, and on which the HTTP library's own refusals get the body that all of
//! ours have.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::messages::{HeadFault, MessageScanner};
use crate::error_body;
use crate::http::{LibraryRefusal, library_refusal};
use crate::limits::Limits;
use crate::request_error::RequestError;

/// The heads of the requests that were read on a connection.
#[derive(Clone, Debug)]
pub struct RequestHeads(Arc<Mutex<MessageScanner>>);

impl RequestHeads {
    /// The fault in the head of the next request that the HTTP library gives out.
    pub fn next_fault(&self) -> Option<HeadFault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next_head()
    }

    fn scan(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).scan(bytes);
    }

    fn is_in_request_line(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_in_request_line()
    }
}

/// A connection that is read along.
pub struct ScannedStream<S> {
    stream: S,
    heads: RequestHeads,
    url_bytes_max: usize,
    /// The bytes that are still to be written in place of the library's refusal.
    replacement: Vec<u8>,
}

impl<S> ScannedStream<S> {
    /// Reads along on a connection.
    pub fn new(stream: S, limits: &Limits) -> ScannedStream<S> {
        let heads = RequestHeads(Arc::new(Mutex::new(MessageScanner::new())));
        ScannedStream { stream, heads, url_bytes_max: limits.url_bytes, replacement: Vec::new() }
    }

    /// The heads of the requests on this connection.
    pub fn heads(&self) -> RequestHeads {
        self.heads.clone()
    }

    fn error_of(&self, refusal: LibraryRefusal) -> RequestError {
        match refusal {
            LibraryRefusal::Url => RequestError::UrlTooLong(self.url_bytes_max),
            LibraryRefusal::Head if self.heads.is_in_request_line() => {
                RequestError::UrlTooLong(self.url_bytes_max)
            }
            LibraryRefusal::Head => {
                RequestError::HeadersTooLarge("the headers are too many or too long".to_owned())
            }
            LibraryRefusal::Bytes => {
                RequestError::Unframed("this is no request that HTTP/1.1 knows".to_owned())
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> ScannedStream<S> {
    fn poll_replacement(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        while !self.replacement.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(context, &self.replacement))?;
            if count == 0 {
                return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
            }
            self.replacement.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ScannedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.heads.scan(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ScannedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        ready!(self.poll_replacement(context))?;
        if let Some(refusal) = library_refusal(bytes) {
            self.replacement = error_body::unasked(&self.error_of(refusal));
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
            // A error of the library's is written alone.
            [one] => self.poll_write(context, one),
            _ => {
                ready!(self.poll_replacement(context))?;
                Pin::new(&mut self.stream).poll_write_vectored(context, parts)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.poll_replacement(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        ready!(self.poll_replacement(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
