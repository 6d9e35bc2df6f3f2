//! Rows as the database gives them out.

use bytes::Bytes;
use odata::payload::{DetachedBinary, Document};
use odata::{Key, Value};

use crate::error::ReadError;

/// The number of columns that make a row: key, version, document, sealed, detached.
pub(crate) const ROW_COLUMNS: usize = 5;

/// A stored entity as it comes out of the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The entity's key.
    pub key: Key,
    /// The entity's version: the journal's sequence number of its last change.
    pub version: i64,
    /// The entity's properties; sealed secrets read null in it.
    pub document: Document,
    /// The entity's sealed secrets, if it holds any. Opened only by [`crate::Store::open_secrets`].
    pub sealed: Option<Box<[u8]>>,
    /// The values of other entities by which it was ordered: see [`odata::query::OrderKey::looks_elsewhere`].
    pub sorted_by: Vec<Value>,
}

/// Rows as they are read. Their documents share one buffer, because an allocation for each would cost as much as
/// reading it.
#[derive(Debug, Default)]
pub(crate) struct RowBuffer {
    rows: Vec<Row>,
    documents: Vec<u8>,
    /// The end of each row's document in `documents`.
    ends: Vec<usize>,
}

impl RowBuffer {
    /// Adds a row; its document is cut out of the buffer at the end.
    pub fn push(
        &mut self,
        key: Key,
        version: i64,
        (document, detached_bytes): (&[u8], Option<&[u8]>),
        sealed: Option<Box<[u8]>>,
    ) -> Result<(), ReadError> {
        let corrupt = || ReadError::Corrupt(format!("the binary value of {key}"));
        let detached = |stored| DetachedBinary::from_bytes(stored).ok_or_else(corrupt);
        let detached = detached_bytes.map(detached).transpose()?;
        Document::write_whole(&mut self.documents, document, &key, detached.as_ref());
        self.ends.push(self.documents.len());
        self.rows.push(Row { key, version, document: Document::default(), sealed, sorted_by: Vec::new() });
        Ok(())
    }

    /// Adds the values by which the last row was ordered.
    pub fn sorted_by(&mut self, values: Vec<Value>) {
        if let Some(last) = self.rows.last_mut() {
            last.sorted_by = values;
        }
    }

    /// The rows, each with its document.
    pub fn finish(self) -> Vec<Row> {
        let RowBuffer { mut rows, ends, documents } = self;
        let mut documents = Bytes::from(documents);
        let mut start = 0;
        for (row, end) in rows.iter_mut().zip(ends) {
            row.document = Document(documents.split_to(end - start));
            start = end;
        }
        rows
    }
}
