//! `muster import`: registers what is in a list of devices, however many, and says of each row what became of it.
//!
//! The list is read once, a batch at a time; some batches are under way together. After each the state file says how far
//! the import is, so that one that ended early goes on where it was: the batches that may have reached the server
//! without an answer are known there by their import ids.

mod batch;
mod importer;
mod progress;
mod report;
mod rows;
mod state;

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use domain::device_list::{Counts, RowOutcome};
use futures_util::{StreamExt, stream};
use server::StartupError;
use tokio::signal::unix::{SignalKind, signal};

use crate::command_line::ImportArguments;
use crate::graph_client::{GraphClient, Stopped};
use batch::RowBatch;
use importer::Importer;
use progress::Progress;
use report::ImportReport;
use rows::{ListRows, OpenedList};
use state::{BegunImport, ImportStateFile};

/// The most batches under way together: while one is registered, the next is on its way.
const BATCHES_AT_ONCE_MAX: usize = 4;

/// Runs an import to its end. The exit code is 1 if there is a row that was not registered.
pub fn run(arguments: &ImportArguments) -> Result<ExitCode, StartupError> {
    let file = &arguments.file;
    let rows = match ListRows::open(file, arguments.format, arguments.group_tag.as_deref())? {
        OpenedList::Rows(rows) => *rows,
        OpenedList::NoList(findings) => {
            let mut output = io::stdout().lock();
            let told =
                findings.iter().try_for_each(|finding| writeln!(output, "{}:{finding}", file.display()));
            told.map_err(output_error)?;
            return Ok(ExitCode::FAILURE);
        }
    };
    if arguments.report.as_deref() == Some(file) {
        return Err(StartupError::Misused("the report cannot be the list itself".to_owned()));
    }
    server::tls::install();
    let client = GraphClient::new(&arguments.server)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(import(arguments, rows, &client))
}

async fn import(
    arguments: &ImportArguments,
    mut rows: ListRows,
    client: &GraphClient,
) -> Result<ExitCode, StartupError> {
    let BegunImport { file: mut state_file, state, was_interrupted } =
        ImportStateFile::begin(arguments, client, &mut rows)?;
    let mut report = ImportReport::open(arguments.report.as_deref(), state.report_bytes)?;
    let importer = Importer::new(client, &state, arguments.dry_run);
    let mut told = ImportOutput { file: &arguments.file, output: BufWriter::new(io::stdout()) };
    let mut counts = state.counts;
    let mut progress = Progress::new(rows.bytes_total(), rows.bytes_read(), counts.rows);
    if was_interrupted {
        progress.say(&format!("going on after {} rows", counts.rows));
    }

    let batches = stream::iter(std::iter::from_fn(|| rows.next_batch(arguments.batch_size).transpose()));
    let done = batches
        .enumerate()
        .map(|(number, batch)| importer.carry_out(batch, was_interrupted && number < BATCHES_AT_ONCE_MAX))
        .buffered(BATCHES_AT_ONCE_MAX);
    let mut done = std::pin::pin!(done);
    let listen = |kind| {
        signal(kind).map_err(|error| StartupError::Failed(format!("cannot listen for signals: {error}")))
    };
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let ended = loop {
        let next = tokio::select! {
            biased;
            _ = interrupt.recv() => break Err(Stopped("interrupted".to_owned())),
            _ = terminate.recv() => break Err(Stopped("interrupted".to_owned())),
            next = done.next() => next,
        };
        match next {
            None => break Ok(()),
            Some(Err(stop)) => break Err(stop),
            Some(Ok((batch, outcomes))) => {
                told.batch(&batch, &outcomes).map_err(output_error)?;
                report.write(&batch, &outcomes)?;
                counts.add(&outcomes);
                state_file.note(&batch, counts, report.bytes()?)?;
                progress.tell(counts, batch.bytes_read);
            }
        }
    };
    progress.end();
    told.end(counts, arguments.dry_run).map_err(output_error)?;
    match ended {
        Ok(()) => {
            state_file.end();
            Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(Stopped(reason)) if arguments.dry_run => Err(StartupError::Failed(reason)),
        Err(Stopped(reason)) => Err(StartupError::Failed(format!("{reason}; {}", state_file.advice(counts)))),
    }
}

/// The lines on standard output: each row that failed, as compilers have it, and the sum of all.
struct ImportOutput<'f> {
    file: &'f Path,
    output: BufWriter<io::Stdout>,
}

impl ImportOutput<'_> {
    fn batch(&mut self, batch: &RowBatch, outcomes: &[RowOutcome]) -> io::Result<()> {
        for (row, outcome) in batch.rows.iter().zip(outcomes) {
            if let RowOutcome::Failed(failure) = outcome {
                writeln!(self.output, "{}:{}: error {failure}", self.file.display(), row.line)?;
            }
        }
        self.output.flush()
    }

    fn end(&mut self, counts: Counts, is_rehearsal: bool) -> io::Result<()> {
        let registered = if is_rehearsal { "would be registered" } else { "registered" };
        let Counts { rows, registered: new, already, failed } = counts;
        writeln!(
            self.output,
            "rows: {rows}, {registered}: {new}, already registered: {already}, failed: {failed}"
        )?;
        self.output.flush()
    }
}

fn output_error(error: io::Error) -> StartupError {
    StartupError::Failed(format!("cannot write to standard output: {error}"))
}
