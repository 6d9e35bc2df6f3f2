// The report of an import: a line for each row, in the columns that `muster import --report` has.

const COLUMNS = ["line", "serialNumber", "result", "code", "name", "cause", "remedy", "deviceId"] as const;

export type ReportRow = Record<(typeof COLUMNS)[number], string>;

/** A value as CSV has it. What a spreadsheet would take for a formula is told to be text. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function reportLines(rows: ReportRow[]): string {
  return rows.map((row) => `${COLUMNS.map((column) => cell(row[column])).join(",")}\n`).join("");
}

/** Has the browser save a report. */
export function save(name: string, parts: string[]): void {
  const url = URL.createObjectURL(new Blob([`${COLUMNS.join(",")}\n`, ...parts], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
