//! `muster audit verify`: follows each tenant's chain of records, in a database or in a file, and holds it to its checkpoints.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use data_encoding::HEXLOWER;
use server::StartupError;
use server::secret_keys::KeySources;
use server::setup::command_key;
use store::AuditSource;
use store::audit::{AuditHead, AuditRecord, CHAIN_BEGIN, ChainFault, ChainVerifier, Checkpoint};
use uuid::Uuid;

use super::lines::{AuditLine, each};
use super::records::{configuration, follow, source, tenants};
use crate::command_line::AuditArguments;
use crate::output::print;

/// What is known of the chains elsewhere.
pub struct Anchors {
    /// The checkpoints that were kept elsewhere.
    pub checkpoints: Vec<Checkpoint>,
    /// The public keys whose signatures hold; none if nobody says.
    pub keys: Option<Vec<Box<[u8]>>>,
}

impl Anchors {
    /// What the command line says of it.
    pub fn of(checkpoints: Option<&Path>, public_key: Option<&str>) -> Result<Anchors, StartupError> {
        let mut kept = Vec::new();
        if let Some(path) = checkpoints {
            each(path, |line| kept.extend(checkpoint(line)))?;
            if kept.is_empty() {
                return Err(StartupError::Failed(format!("there is no checkpoint in {}", path.display())));
            }
        }
        let key = public_key.map(|text| {
            let key = HEXLOWER.decode(text.trim().as_bytes()).ok().filter(|key| key.len() == 32);
            key.ok_or_else(|| StartupError::Misused("--public-key is not 32 bytes in hex".to_owned()))
        });
        Ok(Anchors { checkpoints: kept, keys: key.transpose()?.map(|key| vec![key.into()]) })
    }

    fn checkpoints_of(&self, tenant: Uuid) -> Vec<Checkpoint> {
        self.checkpoints.iter().filter(|signed| signed.tenant == tenant).cloned().collect()
    }

    /// Whether a checkpoint is signed by one of the keys, or by the one that it names if nobody says which.
    fn holds(&self, signed: &Checkpoint) -> bool {
        let is_known = |keys: &Vec<Box<[u8]>>| keys.contains(&signed.public_key);
        signed.is_signed() && self.keys.as_ref().is_none_or(is_known)
    }
}

fn checkpoint(line: AuditLine) -> Option<Checkpoint> {
    match line {
        AuditLine::Checkpoint(signed) => Some(signed),
        _ => None,
    }
}

/// The verification of one tenant's records.
#[derive(Default)]
struct TenantChain {
    verifier: ChainVerifier,
    records: u64,
    faults: Vec<ChainFault>,
    /// Whether the file tells where the records end.
    has_end: bool,
    /// The first record, if one before it is not there.
    begins_at: Option<i64>,
    /// The checkpoints that the chain has yet to meet, the first one last.
    ahead: Vec<Checkpoint>,
    /// The checkpoints that were met.
    met: u64,
}

impl TenantChain {
    /// A chain that must meet these checkpoints.
    fn meeting(mut checkpoints: Vec<Checkpoint>, verifier: ChainVerifier) -> TenantChain {
        checkpoints.sort_by_key(|signed| std::cmp::Reverse(signed.head.sequence));
        TenantChain { verifier, ahead: checkpoints, ..TenantChain::default() }
    }

    fn follow(&mut self, record: &AuditRecord, known: &Anchors) {
        self.records += 1;
        let is_first = record.hashes().is_some_and(|(before, _)| before == CHAIN_BEGIN);
        if self.records == 1 && !is_first {
            self.begins_at = Some(record.sequence);
            // What lies before the first record is not there to be compared.
            self.ahead.retain(|signed| signed.head.sequence >= record.sequence);
        }
        let fault = self.verifier.follow(record).err();
        self.fault(fault);
        while let Some(signed) = self.ahead.pop_if(|signed| signed.head.sequence <= record.sequence) {
            self.meet(&signed, known);
        }
    }

    fn meet(&mut self, signed: &Checkpoint, known: &Anchors) {
        if !known.holds(signed) {
            return self.fault(Some(ChainFault::Unsigned(signed.head.sequence)));
        }
        self.met += 1;
        self.fault(self.verifier.meet(&signed.head).err());
    }

    fn end(&mut self, head: &AuditHead) {
        self.has_end = true;
        self.fault(self.verifier.end(head).err());
    }

    /// Meets the checkpoints that lie behind the last record.
    fn meet_the_rest(&mut self, known: &Anchors) {
        while let Some(signed) = self.ahead.pop() {
            self.meet(&signed, known);
        }
    }

    /// Notes a fault, unless it is known.
    fn fault(&mut self, fault: Option<ChainFault>) {
        self.faults.extend(fault.filter(|fault| !self.faults.contains(fault)));
    }
}

/// The public keys of a database's checkpoints, by the key of the database; none if that is not found.
pub async fn public_keys(
    source: &AuditSource,
    of: &AuditArguments,
) -> Result<Option<Vec<Box<[u8]>>>, StartupError> {
    let configuration = configuration(of)?;
    let sources = KeySources::new(configuration.secrets.vault.as_ref())?;
    let Some(key) = command_key(&configuration, &sources).await? else { return Ok(None) };
    source.public_keys(key).await.map(Some).map_err(StartupError::Failed)
}

/// Verifies a database.
pub async fn database(of: &AuditArguments, mut known: Anchors) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    if known.keys.is_none() {
        known.keys = public_keys(&source, of).await?;
    }
    let mut meant = tenants(&source, of).await?;
    // A tenant may be gone of which there is a checkpoint.
    let elsewhere = known.checkpoints.iter().map(|signed| signed.tenant);
    meant.extend(elsewhere.filter(|tenant| of.tenant.is_none_or(|only| only == *tenant)));
    meant.sort_unstable();
    meant.dedup();
    let mut chains = BTreeMap::new();
    for tenant in meant {
        let kept = source.checkpoints(tenant).await.map_err(StartupError::Failed)?;
        let checkpoints = [kept, known.checkpoints_of(tenant)].concat();
        let mut chain = TenantChain::meeting(checkpoints, ChainVerifier::default());
        // What is written meanwhile lies behind this end.
        let head = source.head(tenant).await.map_err(StartupError::Failed)?;
        let last = head.as_ref().map_or(0, |head| head.sequence);
        follow(&source, tenant, |record| {
            if record.sequence <= last {
                chain.follow(record, &known);
            }
            Ok(())
        })
        .await?;
        if let Some(head) = &head {
            chain.end(head);
        }
        chain.meet_the_rest(&known);
        chains.insert(tenant, chain);
    }
    if chains.is_empty() {
        print("no records: nothing was put on record yet")?;
    }
    told(&chains, &known)
}

/// Verifies a file that was exported, or standard input.
pub fn file(path: &Path, known: &Anchors) -> Result<ExitCode, StartupError> {
    let mut chains: BTreeMap<Uuid, TenantChain> = BTreeMap::new();
    let begin = |tenant| TenantChain::meeting(known.checkpoints_of(tenant), ChainVerifier::of_part());
    each(path, |line| match line {
        AuditLine::Record(tenant, record) => {
            chains.entry(tenant).or_insert_with(|| begin(tenant)).follow(&record, known);
        }
        AuditLine::Checkpoint(signed) => {
            chains.entry(signed.tenant).or_insert_with(|| begin(signed.tenant)).meet(&signed, known);
        }
        AuditLine::End(tenant, head) => chains.entry(tenant).or_insert_with(|| begin(tenant)).end(&head),
    })?;
    if chains.is_empty() {
        print(&format!("no records: {} is empty, so it proves nothing", path.display()))?;
    }
    for (tenant, chain) in &mut chains {
        chain.meet_the_rest(known);
        if let Some(first) = chain.begins_at {
            print(&format!("{tenant}: the file begins at record {first}; there are records before it"))?;
        }
        if !chain.has_end {
            print(&format!(
                "{tenant}: the end is missing: what followed record {} was cut off",
                chain.verifier.last()
            ))?;
        }
    }
    let code = told(&chains, known)?;
    let is_whole = !chains.is_empty() && chains.values().all(|chain| chain.has_end);
    Ok(if is_whole { code } else { ExitCode::FAILURE })
}

/// Says what was found.
fn told(chains: &BTreeMap<Uuid, TenantChain>, known: &Anchors) -> Result<ExitCode, StartupError> {
    for (tenant, chain) in chains {
        for fault in &chain.faults {
            print(&format!("{tenant}: {fault}"))?;
        }
        if chain.faults.is_empty() {
            let (records, last, met) = (chain.records, chain.verifier.last(), chain.met);
            let trust = match (&known.keys, met) {
                (_, 0) => "no checkpoint",
                (Some(_), _) => "checkpoints hold",
                (None, _) => "checkpoints hold by the key that they name; see --public-key",
            };
            let checkpoints = if met == 0 { trust.to_owned() } else { format!("{met} {trust}") };
            print(&format!("{tenant}: {records} records, the last is {last}; {checkpoints}"))?;
        }
    }
    let is_sound = chains.values().all(|chain| chain.faults.is_empty());
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
