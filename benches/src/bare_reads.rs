//! Readers of the bare databases: which device is next, and how long each read took.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::random::Random;
use crate::round::Round;
use crate::rows::Target;

/// What reads ask for.
pub(crate) struct Reads {
    pub targets: Arc<Vec<Target>>,
    /// Rows that one read must see at least, or it measured nothing.
    pub rows_min: usize,
}

/// One reader's sequence of reads.
pub(crate) struct Reader<'r> {
    targets: &'r [Target],
    random: Random,
    until: Instant,
    begin: Instant,
    rows: usize,
    bytes: usize,
    rows_min: usize,
    too_few: bool,
    latencies: Vec<Duration>,
}

impl Reads {
    /// A reader that ends at a time.
    pub fn reader(&self, until: Instant, number: usize) -> Reader<'_> {
        Reader {
            targets: &self.targets,
            random: Random::new(number as u64 + 77),
            until,
            begin: Instant::now(),
            rows: 0,
            bytes: 0,
            rows_min: self.rows_min,
            too_few: false,
            latencies: Vec::with_capacity(1 << 12),
        }
    }

    /// So many threads read for a while.
    pub fn threads(
        &self,
        threads: usize,
        time: Duration,
        body: impl Fn(&mut Reader<'_>) -> Result<()> + Sync,
    ) -> Result<Round> {
        let begin = Instant::now();
        let run = |number: usize| {
            let mut reader = self.reader(begin + time, number);
            body(&mut reader)?;
            reader.finish()
        };
        let latencies = std::thread::scope(|scope| {
            let run = &run;
            let threads: Vec<_> = (0..threads).map(|number| scope.spawn(move || run(number))).collect();
            let ended = threads.into_iter().map(|thread| thread.join().ok().context("a reader panicked")?);
            ended.collect::<Result<Vec<_>>>()
        })?;
        Ok(Round::from(latencies.concat(), begin.elapsed()))
    }
}

impl<'r> Reader<'r> {
    /// The device to read, unless time is over.
    pub fn next(&mut self) -> Option<&'r Target> {
        self.begin = Instant::now();
        let target = self.targets.get(self.random.below(self.targets.len()))?;
        (self.begin < self.until).then_some(target)
    }

    /// A row came, with so many bytes.
    pub fn saw(&mut self, bytes: usize) {
        self.rows += 1;
        self.bytes += bytes;
    }

    /// The read has ended.
    pub fn done(&mut self) {
        self.latencies.push(self.begin.elapsed());
        self.too_few |= self.rows < self.rows_min;
        self.rows = 0;
    }

    /// How long each read took, if all saw something.
    pub fn finish(self) -> Result<Vec<Duration>> {
        ensure!(!self.too_few && self.bytes > 0, "a bare read saw fewer than {} rows", self.rows_min);
        Ok(self.latencies)
    }
}
