// An import from its file to its end: some rows at a time, each under an id that the server takes once, so that what was
// interrupted can be sent again.

import { refuse, send } from "../graph/client";
import { GraphError } from "../graph/error";
import type { Report } from "../shell/work";
import { listOf, type Values } from "./inspection";
import { isBlank, linesOf } from "./lines";
import { type ReportRow, reportLines } from "./report";
import { keep, type StoredImport } from "./stored";

/** What the server takes at once. */
const ROWS_MAX = 500;
const BYTES_MAX = 3_000_000;
/** The pauses before something is asked again, and how often. */
const PAUSE_MILLISECONDS = 1_000;
const PAUSE_MILLISECONDS_MAX = 15_000;
const ATTEMPTS_MAX = 12;

/** Rows that are sent together, each with its line in the file. */
interface Group {
  rows: { line: number; bytes: Uint8Array }[];
  mended: { line: number; values: Values }[];
  leftOut: number;
  bytes: number;
  lastLine: number;
}

const empty = (lastLine: number): Group => ({ rows: [], mended: [], leftOut: 0, bytes: 0, lastLine });

/** The groups of an import from where it stopped. The same import always has the same groups. */
async function* groupsOf(stored: StoredImport): AsyncGenerator<{ header: Uint8Array[]; group: Group }> {
  const header: Uint8Array[] = [];
  let group = empty(stored.doneLine);
  let line = 0;
  for await (const bytes of linesOf(stored.file)) {
    line += 1;
    if (line <= stored.headerLine) header.push(bytes);
    if (line <= stored.headerLine || line <= stored.doneLine) continue;
    if (group.rows.length + group.mended.length >= ROWS_MAX || group.bytes + bytes.length > BYTES_MAX) {
      yield { header, group };
      group = empty(line);
    }
    const mended = stored.mended[line];
    if (mended === null) group.leftOut += 1;
    else if (mended) group.mended.push({ line, values: mended });
    else if (!isBlank(bytes)) group.rows.push({ line, bytes });
    group.bytes += bytes.length;
    group.lastLine = line;
  }
  yield { header, group };
}

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true });
  });

/** Sends rows until they have come to their end. */
async function register(importId: string, groupTag: string, list: Blob | string, signal: AbortSignal): Promise<ReportRow[]> {
  const query = new URLSearchParams({ importId, ...(groupTag && { groupTag }) });
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    let wait = Math.min(PAUSE_MILLISECONDS * 2 ** Math.min(attempt, 10), PAUSE_MILLISECONDS_MAX);
    try {
      const response = await send(`/_/import?${query}`, { method: "POST", headers: { "Content-Type": "text/csv" }, body: list, signal });
      await refuse(response);
      const answer = (await response.json()) as { isUnderWay: boolean; rows: ReportRow[] };
      if (!answer.isUnderWay) return answer.rows;
    } catch (error) {
      if (!(error instanceof GraphError && error.isPassing) || attempt >= ATTEMPTS_MAX) throw error;
      wait = Math.max(wait, (error.retryAfterSeconds ?? 0) * 1_000);
    }
    await pause(wait, signal);
  }
}

async function rowsOf(stored: StoredImport, header: Uint8Array[], group: Group, signal: AbortSignal): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  const first = group.rows[0]?.line;
  if (first !== undefined) {
    const lineBreak = new Uint8Array([10]);
    const parts = [...header, ...group.rows.map(({ bytes }) => bytes)].flatMap((bytes) => [bytes, lineBreak]);
    const told = await register(`${stored.id}-${first}`, stored.groupTag, new Blob(parts as BlobPart[]), signal);
    // The list that was sent has the header's lines, and then a line for each row.
    rows.push(...told.map((row) => ({ ...row, line: String(group.rows[Number(row.line) - header.length - 1]?.line ?? row.line) })));
  }
  const mended = group.mended[0]?.line;
  if (mended !== undefined) {
    const told = await register(`${stored.id}-m${mended}`, stored.groupTag, listOf(group.mended.map(({ values }) => values)), signal);
    rows.push(...told.map((row) => ({ ...row, line: String(group.mended[Number(row.line) - 2]?.line ?? row.line) })));
  }
  return rows.sort((one, other) => Number(one.line) - Number(other.line));
}

/** Carries out an import, or what is left of it. */
export async function carryOut(stored: StoredImport, report: Report, signal: AbortSignal): Promise<void> {
  let at = stored;
  const tell = () => {
    const { registered, already, failed, leftOut } = at.counts;
    report({ done: registered + already + failed + leftOut, failed });
  };
  tell();
  for await (const { header, group } of groupsOf(stored)) {
    const rows = await rowsOf(stored, header, group, signal);
    const count = (result: string) => rows.filter((row) => row.result === result).length;
    const counts = {
      registered: at.counts.registered + count("registered"),
      already: at.counts.already + count("alreadyRegistered"),
      failed: at.counts.failed + count("error"),
      leftOut: at.counts.leftOut + group.leftOut,
    };
    at = { ...at, counts, doneLine: group.lastLine };
    await keep(at, reportLines(rows));
    tell();
  }
  await keep({ ...at, isEnded: true }, "");
}
