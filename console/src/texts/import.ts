// Texts of the page of imports.

import { plural } from "./plural";

export const imports = {
  title: "Import devices",
  drop: "Drop lists here: CSV files with serial numbers and hardware hashes. Nothing is written before you say so.",
  choose: "Choose files",
  inspecting: "Looking through the list",
  remove: "Remove",
  line: "Line",
  columns: { serialNumber: "Serial number", productKey: "Windows product ID", hash: "Hardware hash", groupTag: "Group tag", user: "Assigned user" },
  cell: (column: string, line: number) => `${column} in line ${line}`,
  faults: "Rows with faults",
  leaveOut: "Leave out",
  leaveOutLine: (line: number) => `Leave out line ${line}`,
  leaveOutErrors: "Leave out all rows with errors",
  leftOut: (count: number) => `${plural(count, "row is", "rows are")} left out`,
  saveFaults: "Download all faults",
  pages: "Pages of rows with faults",
  previous: "Previous rows",
  next: "Next rows",
  shown: (first: number, last: number, known: number, hasMore: boolean) => `${first.toLocaleString("en")} to ${last.toLocaleString("en")} of ${hasMore ? "more than " : ""}${plural(known, "row", "rows")} with faults`,
  finding: (level: string, cause: string, remedy: string) => `${level === "error" ? "" : level === "warning" ? "Warning: " : "Note: "}${cause.charAt(0).toUpperCase()}${cause.slice(1)}. ${remedy}`,
  ofLine: (line: number) => `Line ${line}:`,
  summary: (rows: number, errors: number, warnings: number) => `${plural(rows, "row", "rows")}, ${plural(errors, "error", "errors")}, ${plural(warnings, "warning", "warnings")}`,
  groupTag: "Group tag for all rows",
  groupTagHint: "Empty keeps the tag of each row.",
  check: (count: number) => `Check ${plural(count, "mended row", "mended rows")}`,
  checked: (count: number, bad: number) => (bad === 0 ? `${plural(count, "mended row has", "mended rows have")} no error any more` : `${bad.toLocaleString("en")} of ${plural(count, "mended row", "mended rows")} still with errors`),
  start: (count: number) => `Import ${plural(count, "row", "rows")}`,
  work: (name: string) => `Importing ${name}`,
  runs: "Imports of this browser",
  running: "Running",
  interrupted: "Interrupted",
  ended: "Ended",
  counts: (done: number, rows: number, counts: { registered: number; already: number; failed: number; leftOut: number }) =>
    [
      `${done.toLocaleString("en")} of ${plural(rows, "row", "rows")}`,
      `${counts.registered.toLocaleString("en")} registered`,
      counts.already > 0 && `${counts.already.toLocaleString("en")} registered before`,
      counts.failed > 0 && `${counts.failed.toLocaleString("en")} failed`,
      counts.leftOut > 0 && `${counts.leftOut.toLocaleString("en")} left out`,
    ]
      .filter(Boolean)
      .join(", "),
  takeUp: "Take up",
  report: "Download report",
  showDevices: "Show devices",
  giveUp: "Give up",
} as const;
