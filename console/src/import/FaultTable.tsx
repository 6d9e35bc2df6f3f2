// The rows of a list that something is wrong with: each fault at its cell, with what to do; mended in place, or left out.

import { Button, Checkbox, Input, Text } from "@fluentui/react-components";
import { useState } from "react";

import { texts } from "../texts";
import css from "./ImportPage.module.css";
import { COLUMNS, type Column, type Finding, type Values } from "./inspection";

const ROWS_SHOWN = 50;
const words = texts.import;

export interface Row {
  line: number;
  values: Values;
  findings: Finding[];
  isLeftOut: boolean;
  isMended: boolean;
}

interface FaultTableProps {
  rows: Row[];
  change: (line: number, values: Values) => void;
  leaveOut: (line: number, isLeftOut: boolean) => void;
}

export function FaultTable({ rows, change, leaveOut }: FaultTableProps) {
  const [shown, setShown] = useState(ROWS_SHOWN);
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
            {rows.slice(0, shown).map((row) => (
              <FaultRow key={row.line} row={row} change={change} leaveOut={leaveOut} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown && (
        <Button size="small" onClick={() => setShown(shown + ROWS_SHOWN)}>
          {words.more(rows.length - shown)}
        </Button>
      )}
    </>
  );
}

function FaultRow({ row, change, leaveOut }: { row: Row } & Omit<FaultTableProps, "rows">) {
  const { line, values, findings, isLeftOut } = row;
  const elsewhere = findings.filter(({ column }) => column === null);
  return (
    <tr data-left-out={isLeftOut}>
      <th scope="row">
        {line}
        <Faults findings={elsewhere} id={`fault-${line}`} />
      </th>
      {COLUMNS.map((column) => (
        <FaultCell key={column} row={row} column={column} change={(value) => change(line, { ...values, [column]: value })} />
      ))}
      <td>
        <Checkbox checked={isLeftOut} aria-label={words.leaveOutLine(line)} onChange={(_, { checked }) => leaveOut(line, checked === true)} />
      </td>
    </tr>
  );
}

function FaultCell({ row, column, change }: { row: Row; column: Column; change: (value: string) => void }) {
  const findings = row.findings.filter((finding) => finding.column === column);
  const id = `fault-${row.line}-${column}`;
  return (
    <td data-fault={findings.length > 0}>
      <Input
        size="small"
        value={row.values[column]}
        disabled={row.isLeftOut}
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
