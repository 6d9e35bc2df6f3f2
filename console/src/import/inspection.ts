// What is wrong with a list: asked of the server, which reads all of it and writes nothing.

import { refuse, send } from "../graph/client";

export const COLUMNS = ["serialNumber", "productKey", "hash", "groupTag", "user"] as const;
export type Column = (typeof COLUMNS)[number];
export type Values = Record<Column, string>;

export interface Finding {
  line: number;
  level: "error" | "warning" | "note";
  code: string;
  column: Column | null;
  cause: string;
  remedy: string;
}

export interface Inspection {
  headerLine: number;
  findings: Finding[];
  findingsLeftOut: number;
  /** The line behind which there are more rows with findings. */
  goOnAfter: number | null;
  rows: (Values & { line: number })[];
  summary: { rows: number; errors: number; warnings: number; notes: number };
}

/** The header of rows that are written here. */
const HEADER = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User";

function quoted(value: string): string {
  const text = value.replace(/[\r\n]+/g, " ").trim();
  return /[",;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as a list of their own. */
export function listOf(rows: Values[]): string {
  return [HEADER, ...rows.map((row) => COLUMNS.map((column) => quoted(row[column])).join(","))].join("\n");
}

/** What is wrong with a list behind a line: all of it is read, and some hundred rows are told. */
export async function inspect(list: Blob | string, signal: AbortSignal, after = 0): Promise<Inspection> {
  const response = await send(`/_/inspect${after > 0 ? `?after=${after}` : ""}`, { method: "POST", headers: { "Content-Type": "text/csv" }, body: list, signal });
  await refuse(response);
  return (await response.json()) as Inspection;
}

/** Whether a list cannot be imported at all. */
export function isNoList({ headerLine, findings }: Inspection): boolean {
  return headerLine === 0 || findings.some(({ code, level }) => level === "error" && code.startsWith("header-"));
}

/** What an inspection has not told yet, part by part. */
export async function* restOf(list: Blob, { goOnAfter }: Pick<Inspection, "goOnAfter">, signal: AbortSignal): AsyncGenerator<Inspection> {
  for (let after = goOnAfter; after !== null; ) {
    const part = await inspect(list, signal, after);
    yield part;
    after = part.goOnAfter;
  }
}
