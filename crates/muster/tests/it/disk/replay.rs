//! What a disk may hold after its power was cut, from a record of what was written and forced to it.
//!
//! What is modelled: bytes are on the disk for certain when a sync of their file has returned that began after they were
//! written. Everything written since may be there or not, each sector for itself, in any order and in any of the states that
//! the sector had since. A sector is written whole or not at all. A file that has grown has zeros where nothing has come to
//! the disk; one that was cut off may still have its old length. A sync that fails says nothing about what was written since
//! the last one, and no later sync brings it to the disk. The files themselves are there: SQLite forces their folder.
//!
//! What is not: a disk that says that something is on it and is not, that changes what nobody writes, or whose sectors
//! are damaged by the cut.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use crate::samples::Dice;

/// Numbers of calls in the record, as `disk.c` writes them.
const WRITE: u64 = 0;
const SYNC: u64 = 1;
const TRUNCATE: u64 = 2;
const UNLINK: u64 = 6;
const SYNC_BEGUN: u64 = SYNC + 32;
const SYNC_FAILED: u64 = SYNC + 64;
/// The numbers of the files that are recorded, and the ends of their names.
const RECORDED: [(u64, &str); 2] = [(1, ""), (2, "-wal")];

/// One entry of a record.
#[derive(Debug)]
struct Entry {
    call: u64,
    file: u64,
    /// The offset, the length or the thread.
    number: u64,
    bytes: Vec<u8>,
}

/// A record of all that was done to the files.
pub struct Record(Vec<Entry>);

impl Record {
    pub fn read(path: &Path) -> Record {
        let (all, mut at, mut entries) = (fs::read(path).unwrap(), 0, Vec::new());
        while at < all.len() {
            let field = |of: usize| u64::from_le_bytes(all[at + of * 8..][..8].try_into().unwrap());
            let [call, file, number, length] = [0, 1, 2, 3].map(field);
            let length = if call == WRITE { usize::try_from(length).unwrap() } else { 0 };
            entries.push(Entry { call, file, number, bytes: all[at + 32..][..length].to_vec() });
            at += 32 + length;
        }
        Record(entries)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A file on the disk, and what is on its way there.
#[derive(Clone, Default)]
struct DiskImage {
    bytes: Vec<u8>,
    /// By when it was done.
    pending: BTreeMap<u64, Pending>,
}

#[derive(Clone)]
enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl DiskImage {
    /// What was done before a moment is on the disk.
    fn force(&mut self, before: u64) {
        let later = self.pending.split_off(&before);
        for (_, pending) in std::mem::replace(&mut self.pending, later) {
            match pending {
                Pending::Write { offset, bytes } => put(&mut self.bytes, offset, &bytes),
                Pending::Truncate(length) => self.bytes.resize(length, 0),
            }
        }
    }

    /// The disk keeps of what is on its way what the dice say.
    fn decide(&mut self, dice: &mut Dice, sector_bytes: usize) {
        let pending = std::mem::take(&mut self.pending);
        let cuts = pending.iter().filter(|(_, pending)| matches!(pending, Pending::Truncate(_)));
        let cuts: Vec<u64> = cuts.map(|(moment, _)| *moment).collect();
        // The last one that took effect, if one did.
        let cut = cuts.get(dice.below(cuts.len() + 1)).copied();
        let mut states: BTreeMap<usize, Vec<(usize, &[u8])>> = BTreeMap::new();
        for (moment, pending) in &pending {
            match pending {
                Pending::Truncate(length) if Some(*moment) == cut => {
                    self.bytes.truncate(*length);
                    states.retain(|sector, _| sector * sector_bytes < *length);
                }
                Pending::Truncate(_) => {}
                Pending::Write { offset, bytes } => {
                    let mut at = 0;
                    while at < bytes.len() {
                        let sector = (offset + at) / sector_bytes;
                        let end = ((sector + 1) * sector_bytes - offset).min(bytes.len());
                        states.entry(sector).or_default().push((offset + at, &bytes[at..end]));
                        at = end;
                    }
                }
            }
        }
        for (_, writes) in states {
            let count = dice.below(writes.len() + 1);
            writes[..count].iter().for_each(|(offset, bytes)| put(&mut self.bytes, *offset, bytes));
        }
    }
}

fn put(all: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if all.len() < offset + bytes.len() {
        all.resize(offset + bytes.len(), 0);
    }
    all[offset..][..bytes.len()].copy_from_slice(bytes);
}

/// The disk as the record fills it, entry by entry.
pub struct Replay<'r> {
    record: &'r Record,
    at: usize,
    files: HashMap<u64, DiskImage>,
    /// When the syncs that are under way began, by file and thread.
    syncs: HashMap<(u64, u64), u64>,
    dice: Dice,
}

impl Replay<'_> {
    pub fn new(record: &Record, seed: u64) -> Replay<'_> {
        let files = RECORDED.map(|(file, _)| (file, DiskImage::default())).into();
        Replay { record, at: 0, files, syncs: HashMap::new(), dice: Dice(seed) }
    }

    /// Goes on until so many entries were done.
    pub fn go_on(&mut self, entries: usize, sector_bytes: usize) {
        for entry in &self.record.0[self.at..entries] {
            let moment = self.at as u64;
            self.at += 1;
            let image = self.files.get_mut(&entry.file).unwrap();
            match entry.call {
                WRITE => {
                    let offset = usize::try_from(entry.number).unwrap();
                    image.pending.insert(moment, Pending::Write { offset, bytes: entry.bytes.clone() });
                }
                // What is made under the name later may yet have what was there.
                TRUNCATE | UNLINK => {
                    let length = usize::try_from(entry.number).unwrap();
                    image.pending.insert(moment, Pending::Truncate(length));
                }
                SYNC_BEGUN => {
                    self.syncs.insert((entry.file, entry.number), moment);
                }
                SYNC => {
                    let begun = self.syncs.remove(&(entry.file, entry.number)).unwrap();
                    image.force(begun);
                }
                SYNC_FAILED => image.decide(&mut self.dice, sector_bytes),
                other => panic!("a record of {other}"),
            }
        }
    }

    /// Writes what the disk holds if the power is cut now.
    pub fn cut(&mut self, folder: &Path, sector_bytes: usize) {
        for (file, end) in RECORDED {
            let mut image = self.files[&file].clone();
            image.decide(&mut self.dice, sector_bytes);
            fs::write(folder.join(format!("muster.db{end}")), image.bytes).unwrap();
        }
        let _ = fs::remove_file(folder.join("muster.db-shm"));
    }
}
