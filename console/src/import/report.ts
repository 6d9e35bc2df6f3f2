// The report of an import: a line for each row, in the columns that `muster import --report` has.

import { cell, saveCsv } from "../shell/csv";

const COLUMNS = ["line", "serialNumber", "result", "code", "name", "cause", "remedy", "deviceId"] as const;

export type ReportRow = Record<(typeof COLUMNS)[number], string>;

export function reportLines(rows: ReportRow[]): string {
  return rows.map((row) => `${COLUMNS.map((column) => cell(row[column])).join(",")}\n`).join("");
}

/** Has the browser save a report. */
export function save(name: string, parts: string[]): void {
  saveCsv(name, [`${COLUMNS.join(",")}\n`, ...parts]);
}
