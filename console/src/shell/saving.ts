// Files that the browser saves, tables for spreadsheets among them.

/** A value as CSV has it. What a spreadsheet would take for a formula is told to be text. */
export function cell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Has the browser save a file. */
export function saveFile(name: string, type: string, parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Has the browser save a table. */
export function saveCsv(name: string, parts: string[]): void {
  saveFile(name, "text/csv", parts);
}
