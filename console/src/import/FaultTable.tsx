// The rows of a list that something is wrong with: each fault at its cell, with what to do; mended in place, or left out.

import { Button, Checkbox, Input, Text } from "@fluentui/react-components";
import { useState } from "react";

import { imports as words } from "../texts/import";
import css from "./ImportPage.module.css";
import { COLUMNS, type Column, type Finding, type Values } from "./inspection";
import type { Row } from "./review";

/** The rows of a page: each has five fields. */
const PAGE_ROWS = 50;

interface FaultTableProps {
  rows: Row[];
  leftOut: ReadonlySet<number>;
  change: (line: number, values: Values) => void;
  leaveOut: (line: number, isLeftOut: boolean) => void;
  /** Whether there are more rows than these, and the way to some of them. */
  hasMore: boolean;
  loadMore: () => Promise<boolean>;
  isBusy: boolean;
}

export function FaultTable({ rows, leftOut, change, leaveOut, hasMore, loadMore, isBusy }: FaultTableProps) {
  const [page, setPage] = useState(0);
  const first = page * PAGE_ROWS;
  const shown = rows.slice(first, first + PAGE_ROWS);
  const isLast = first + PAGE_ROWS >= rows.length;
  const next = async () => {
    if (!isLast || (await loadMore())) setPage(page + 1);
  };
  return (
    <>
      <div className={css.faults} role="group" aria-label={words.faults} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.line}</th>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {words.columns[column]}
                </th>
              ))}
              <th scope="col">{words.leaveOut}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <FaultRow key={row.line} row={row} isLeftOut={leftOut.has(row.line)} change={change} leaveOut={leaveOut} />
            ))}
          </tbody>
        </table>
      </div>
      {(rows.length > PAGE_ROWS || hasMore) && (
        <div className={css.actions} role="group" aria-label={words.pages}>
          <Button size="small" disabledFocusable={page === 0} onClick={() => page > 0 && setPage(page - 1)}>
            {words.previous}
          </Button>
          <Text role="status">{words.shown(first + 1, first + shown.length, rows.length, hasMore)}</Text>
          <Button size="small" disabledFocusable={isBusy || (isLast && !hasMore)} onClick={() => (!isLast || hasMore) && !isBusy && void next()}>
            {words.next}
          </Button>
        </div>
      )}
    </>
  );
}

interface FaultRowProps {
  row: Row;
  isLeftOut: boolean;
  change: (line: number, values: Values) => void;
  leaveOut: (line: number, isLeftOut: boolean) => void;
}

function FaultRow({ row, isLeftOut, change, leaveOut }: FaultRowProps) {
  const { line, values, findings } = row;
  const elsewhere = findings.filter(({ column }) => column === null);
  return (
    <tr data-left-out={isLeftOut}>
      <th scope="row">
        {line}
        <Faults findings={elsewhere} id={`fault-${line}`} />
      </th>
      {COLUMNS.map((column) => (
        <FaultCell key={column} row={row} isLeftOut={isLeftOut} column={column} change={(value) => change(line, { ...values, [column]: value })} />
      ))}
      <td>
        <Checkbox checked={isLeftOut} aria-label={words.leaveOutLine(line)} onChange={(_, { checked }) => leaveOut(line, checked === true)} />
      </td>
    </tr>
  );
}

function FaultCell({ row, isLeftOut, column, change }: { row: Row; isLeftOut: boolean; column: Column; change: (value: string) => void }) {
  const findings = row.findings.filter((finding) => finding.column === column);
  const id = `fault-${row.line}-${column}`;
  return (
    <td data-fault={findings.length > 0}>
      <Input
        size="small"
        value={row.values[column]}
        disabled={isLeftOut}
        aria-label={words.cell(words.columns[column], row.line)}
        aria-invalid={findings.some(({ level }) => level === "error")}
        aria-describedby={findings.length > 0 ? id : undefined}
        onChange={(_, { value }) => change(value)}
      />
      <Faults findings={findings} id={id} />
    </td>
  );
}

function Faults({ findings, id }: { findings: Finding[]; id: string }) {
  if (findings.length === 0) return null;
  return (
    <div id={id}>
      {findings.map(({ level, code, cause, remedy }) => (
        <Text key={code} as="p" size={200} className={level === "error" ? css.error ?? "" : css.warning ?? ""}>
          {words.finding(level, cause, remedy)}
        </Text>
      ))}
    </div>
  );
}
