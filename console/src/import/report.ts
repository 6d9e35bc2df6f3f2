// Reports for spreadsheets: of an import, a line for each row, in the columns that `muster import --report` has; and of the faults
// of a list, a line for each.

import { cell, saveCsv } from "../shell/saving";

const COLUMNS = ["line", "serialNumber", "result", "code", "name", "cause", "remedy", "deviceId"] as const;
const FAULT_COLUMNS = ["line", "serialNumber", "level", "code", "column", "cause", "remedy"] as const;

export type ReportRow = Record<(typeof COLUMNS)[number], string>;
export type FaultRow = Record<(typeof FAULT_COLUMNS)[number], string>;

function lines<N extends string>(columns: readonly N[], rows: Record<N, string>[]): string {
  return rows.map((row) => `${columns.map((column) => cell(row[column])).join(",")}\n`).join("");
}

export function reportLines(rows: ReportRow[]): string {
  return lines(COLUMNS, rows);
}

export function faultLines(rows: FaultRow[]): string {
  return lines(FAULT_COLUMNS, rows);
}

/** Has the browser save the report of an import. */
export function save(name: string, parts: string[]): void {
  saveCsv(name, [`${COLUMNS.join(",")}\n`, ...parts]);
}

/** Has the browser save the faults of a list. */
export function saveFaults(name: string, parts: string[]): void {
  saveCsv(name, [`${FAULT_COLUMNS.join(",")}\n`, ...parts]);
}
