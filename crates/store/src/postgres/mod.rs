//! PostgreSQL: to be written. Nothing of this type exists yet.

use std::sync::Arc;

use odata::edm::Model;
use uuid::Uuid;

use crate::layout::Layout;
use crate::seal::WrappedKey;
use crate::sql::{PreparedUnit, Statement};
use crate::{JournalEntry, OpenError, ReadError, Row, WriteError};

#[derive(Debug)]
pub(crate) enum Postgres {}

impl Postgres {
    pub async fn open(_url: &str, _model: Model) -> Result<(Postgres, Arc<Model>, Arc<Layout>), OpenError> {
        Err(OpenError::Other { database: "postgres".into(), reason: "to be written".into() })
    }

    pub async fn read(&self, _statement: Statement) -> Result<Vec<Row>, ReadError> {
        match *self {}
    }

    pub async fn count(&self, _statement: Statement) -> Result<u64, ReadError> {
        match *self {}
    }

    pub async fn write(&self, _unit: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        match *self {}
    }

    pub async fn journal_since(
        &self,
        _: Uuid,
        _after: i64,
        _limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        match *self {}
    }

    pub async fn tenant_keys(&self, _tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        match *self {}
    }

    pub async fn insert_tenant_key(&self, _tenant: Uuid, _key: WrappedKey) -> Result<(), WriteError> {
        match *self {}
    }

    pub async fn ping(&self) -> Result<(), ReadError> {
        match *self {}
    }

    pub async fn close(self) {
        match self {}
    }
}
