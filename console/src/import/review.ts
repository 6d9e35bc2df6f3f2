// A list under review: the rows that something is wrong with, as far as they were looked at, what was mended of them, and which
// rows are left out. A list may have more bad rows than anybody looks at, so that those that are left out are only numbers.

import { useRef, useState } from "react";

import { type Finding, inspect, type Inspection, listOf, restOf, type Values } from "./inspection";
import { faultLines, type FaultRow, saveFaults } from "./report";

export interface Row {
  line: number;
  values: Values;
  /** Those of the values as they were found, or as they were last checked. */
  findings: Finding[];
  state: "found" | "mended" | "checked";
}

export interface Review {
  rows: Row[];
  /** Findings that are about no row. */
  ofList: Finding[];
  leftOut: ReadonlySet<number>;
  /** Whether there are more rows with findings than are here. */
  hasMore: boolean;
  /** Rows that are not imported as they were found. */
  mended: Row[];
  /** Mended rows that nobody has looked at since. */
  unchecked: Row[];
  isBusy: boolean;
  error: Error | null;
  change: (line: number, values: Values) => void;
  leaveOut: (line: number, isLeftOut: boolean) => void;
  /** Leaves out every row that is known to have an error, of the whole list. */
  leaveOutErrors: () => void;
  loadMore: () => Promise<boolean>;
  /** Has the mended rows looked at again. */
  check: () => void;
  /** Saves the findings of the whole list. */
  save: () => void;
}

function byLine(findings: Finding[]): Map<number, Finding[]> {
  const found = new Map<number, Finding[]>();
  for (const finding of findings) found.set(finding.line, [...(found.get(finding.line) ?? []), finding]);
  return found;
}

function rowsOf({ rows, findings }: Inspection): Row[] {
  const found = byLine(findings);
  return rows.map(({ line, ...values }) => ({ line, values, findings: found.get(line) ?? [], state: "found" }));
}

export const hasError = ({ findings }: Pick<Row, "findings">) => findings.some(({ level }) => level === "error");

function ofListIn({ rows, findings }: Inspection): Finding[] {
  const lines = new Set(rows.map(({ line }) => line));
  return findings.filter(({ line }) => !lines.has(line));
}

/** The rows that an inspection tells of, as a report of faults has them. */
function faultsOf({ rows, findings }: Inspection): FaultRow[] {
  const serialNumbers = new Map(rows.map(({ line, serialNumber }) => [line, serialNumber]));
  return findings.map((finding) => ({ ...finding, line: String(finding.line), column: finding.column ?? "", serialNumber: serialNumbers.get(finding.line) ?? "" }));
}

const linesWithErrors = ({ findings, rows }: Inspection): number[] => {
  const bad = new Set(findings.filter(({ level }) => level === "error").map(({ line }) => line));
  return rows.map(({ line }) => line).filter((line) => bad.has(line));
};

export function useReview(file: File, first: Inspection): Review {
  const [rows, setRows] = useState(() => rowsOf(first));
  const [ofList, setOfList] = useState(() => ofListIn(first));
  const [leftOut, setLeftOut] = useState<ReadonlySet<number>>(new Set());
  const [goOnAfter, setGoOnAfter] = useState(first.goOnAfter);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const leaving = useRef(new AbortController());
  const mended = rows.filter(({ line, state }) => state !== "found" && !leftOut.has(line));
  const unchecked = mended.filter(({ state }) => state === "mended");
  const work = async (act: () => Promise<void>): Promise<boolean> => {
    setIsBusy(true);
    setError(null);
    try {
      await act();
      return true;
    } catch (failure) {
      setError(failure as Error);
      return false;
    } finally {
      setIsBusy(false);
    }
  };
  const edit = (line: number, part: Partial<Row>) => setRows((all) => all.map((row) => (row.line === line ? { ...row, ...part } : row)));
  const loadMore = () =>
    work(async () => {
      const part = await inspect(file, leaving.current.signal, goOnAfter ?? 0);
      setRows((all) => [...all, ...rowsOf(part)]);
      setOfList((all) => [...all, ...ofListIn(part).filter(({ line, code }) => !all.some((known) => known.line === line && known.code === code))]);
      setGoOnAfter(part.goOnAfter);
    });
  const leaveOutErrors = () =>
    work(async () => {
      const bad = rows.filter((row) => row.state !== "mended" && hasError(row)).map(({ line }) => line);
      for await (const part of restOf(file, { goOnAfter }, leaving.current.signal)) bad.push(...linesWithErrors(part));
      setLeftOut((lines) => new Set([...lines, ...bad]));
    });
  const check = () =>
    work(async () => {
      const again = await inspect(listOf(unchecked.map(({ values }) => values)), leaving.current.signal);
      const found = byLine(again.findings);
      // The first line of what was sent is a header.
      unchecked.forEach(({ line }, at) => edit(line, { findings: found.get(at + 2) ?? [], state: "checked" }));
    });
  const save = () =>
    work(async () => {
      const parts = [faultLines(faultsOf(first))];
      for await (const part of restOf(file, first, leaving.current.signal)) parts.push(faultLines(faultsOf(part)));
      saveFaults(`${file.name}.faults.csv`, parts);
    });
  return {
    rows,
    ofList,
    leftOut,
    hasMore: goOnAfter !== null,
    mended,
    unchecked,
    isBusy,
    error,
    change: (line, values) => edit(line, { values, state: "mended" }),
    leaveOut: (line, isLeftOut) =>
      setLeftOut((lines) => {
        const next = new Set(lines);
        if (isLeftOut) next.add(line);
        else next.delete(line);
        return next;
      }),
    leaveOutErrors: () => void leaveOutErrors(),
    loadMore,
    check: () => void check(),
    save: () => void save(),
  };
}
