//! TLS as the database library asks for it: a stream, and what binds the password's proof to it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aws_lc_rs::digest::{self, Algorithm};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;
use x509_parser::oid_registry::{
    OID_PKCS1_MD5WITHRSAENC, OID_PKCS1_SHA1WITHRSA, OID_PKCS1_SHA256WITHRSA, OID_PKCS1_SHA384WITHRSA,
    OID_PKCS1_SHA512WITHRSA, OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ECDSA_WITH_SHA512,
};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Makes TLS connections of one configuration.
#[derive(Clone)]
pub(in crate::postgres) struct TlsMaker(pub Arc<ClientConfig>);

/// A connection to one host that is to be made.
pub(in crate::postgres) struct TlsToHost {
    connector: TlsConnector,
    host: ServerName<'static>,
}

/// An encrypted stream.
pub(in crate::postgres) struct EncryptedStream<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for TlsMaker {
    type Stream = EncryptedStream<S>;
    type TlsConnect = TlsToHost;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<TlsToHost, io::Error> {
        // A socket of this machine has no name, and never speaks TLS.
        let host = if host.is_empty() { "localhost" } else { host };
        let host = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(TlsToHost { connector: TlsConnector::from(Arc::clone(&self.0)), host })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for TlsToHost {
    type Stream = EncryptedStream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<EncryptedStream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.connector.connect(self.host, stream).await.map(EncryptedStream) })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for EncryptedStream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        let (_, session) = self.0.get_ref();
        let certificate = session.peer_certificates().and_then(<[_]>::first);
        let digest = certificate.and_then(|certificate| {
            let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
            let algorithm = digest_of(&parsed)?;
            Some(digest::digest(algorithm, certificate).as_ref().to_vec())
        });
        digest.map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

/// The digest with which a certificate is named (RFC 5929, 4.1); none for a signature that has no such digest.
fn digest_of(certificate: &X509Certificate<'_>) -> Option<&'static Algorithm> {
    let signature = &certificate.signature_algorithm.algorithm;
    let by_signature = [
        (OID_PKCS1_MD5WITHRSAENC, &digest::SHA256),
        (OID_PKCS1_SHA1WITHRSA, &digest::SHA256),
        (OID_PKCS1_SHA256WITHRSA, &digest::SHA256),
        (OID_SIG_ECDSA_WITH_SHA256, &digest::SHA256),
        (OID_PKCS1_SHA384WITHRSA, &digest::SHA384),
        (OID_SIG_ECDSA_WITH_SHA384, &digest::SHA384),
        (OID_PKCS1_SHA512WITHRSA, &digest::SHA512),
        (OID_SIG_ECDSA_WITH_SHA512, &digest::SHA512),
    ];
    by_signature.into_iter().find(|(known, _)| known == signature).map(|(_, digest)| digest)
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for EncryptedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for EncryptedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
