// One list that was dropped: inspected, mended, and begun to be imported.

import { Button, Field, Input, Spinner, Subtitle2, Text } from "@fluentui/react-components";
import { useEffect, useState } from "react";

import { MAY } from "../graph/caller";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { texts } from "../texts";
import { FaultTable, type Row } from "./FaultTable";
import css from "./ImportPage.module.css";
import { type Finding, inspect, type Inspection, isNoList, listOf, type Values } from "./inspection";

const words = texts.import;

export interface ReviewedList {
  file: File;
  groupTag: string;
  headerLine: number;
  rows: number;
  mended: Record<number, Values | null>;
}

interface ListReviewProps {
  file: File;
  start: (list: ReviewedList) => void;
  remove: () => void;
}

export function ListReview({ file, start, remove }: ListReviewProps) {
  const [inspection, setInspection] = useState<Inspection | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    inspect(file, leaving.signal).then(setInspection, (reason: Error) => leaving.signal.aborted || setError(reason));
    return () => leaving.abort();
  }, [file]);
  return (
    <section className={css.list} aria-label={file.name}>
      <div className={css.listHead}>
        <Subtitle2 as="h2" className={css.name ?? ""}>
          {file.name}
        </Subtitle2>
        <Button size="small" appearance="subtle" onClick={remove}>
          {words.remove}
        </Button>
      </div>
      {error && <Failure error={error} />}
      {!inspection && !error && <Spinner size="tiny" label={words.inspecting} labelPosition="after" className={css.spinner ?? ""} />}
      {inspection && <Inspected file={file} inspection={inspection} start={start} />}
    </section>
  );
}

function rowsOf({ rows, findings }: Inspection): Row[] {
  return rows.map(({ line, ...values }) => ({ line, values, findings: findings.filter((finding) => finding.line === line), isLeftOut: false, isMended: false }));
}

function Inspected({ file, inspection, start }: { file: File; inspection: Inspection; start: (list: ReviewedList) => void }) {
  const { summary, findings, findingsLeftOut, headerLine } = inspection;
  const [rows, setRows] = useState(() => rowsOf(inspection));
  const [groupTag, setGroupTag] = useState("");
  const [isChecking, setIsChecking] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const edit = (line: number, part: Partial<Row>) => setRows((all) => all.map((row) => (row.line === line ? { ...row, ...part } : row)));
  const shown = new Set(rows.map(({ line }) => line));
  const ofList = findings.filter(({ line }) => !shown.has(line));
  const mended = rows.filter(({ isMended, isLeftOut }) => isMended && !isLeftOut);
  const leftOut = rows.filter(({ isLeftOut }) => isLeftOut).length;
  const check = () => {
    setIsChecking(true);
    inspect(listOf(mended.map(({ values }) => values)), new AbortController().signal)
      .then((again) => {
        const found = new Map<number, Finding[]>();
        for (const finding of again.findings) found.set(finding.line, [...(found.get(finding.line) ?? []), finding]);
        // The first line of what was sent is a header.
        mended.forEach(({ line }, at) => edit(line, { findings: found.get(at + 2) ?? [] }));
        setError(null);
      }, setError)
      .finally(() => setIsChecking(false));
  };
  const list = (): ReviewedList => ({
    file,
    groupTag: groupTag.trim(),
    headerLine,
    rows: summary.rows,
    mended: Object.fromEntries(rows.filter(({ isMended, isLeftOut }) => isMended || isLeftOut).map(({ line, isLeftOut, values }) => [line, isLeftOut ? null : values])),
  });
  return (
    <>
      <Text role="status">{words.summary(summary.rows, summary.errors, summary.warnings)}</Text>
      {ofList.length > 0 && (
        <ul className={css.findings}>
          {ofList.map(({ line, level, code, cause, remedy }) => (
            <li key={`${line} ${code}`} className={level === "error" ? css.error : undefined}>
              {words.ofLine(line)} {words.finding(level, cause, remedy)}
            </li>
          ))}
        </ul>
      )}
      {findingsLeftOut > 0 && <Text>{words.moreFindings(findingsLeftOut)}</Text>}
      {rows.length > 0 && (
        <FaultTable rows={rows} change={(line, values) => edit(line, { values, isMended: true })} leaveOut={(line, isLeftOut) => edit(line, { isLeftOut })} />
      )}
      {error && <Failure error={error} />}
      {!isNoList(inspection) && (
        <div className={css.start}>
          <Field label={words.groupTag} hint={words.groupTagHint}>
            <Input value={groupTag} onChange={(_, { value }) => setGroupTag(value)} />
          </Field>
          {mended.length > 0 && (
            <Button onClick={check} disabledFocusable={isChecking}>
              {words.check(mended.length)}
            </Button>
          )}
          <AllowedButton may={MAY.changeDevices} appearance="primary" disabled={summary.rows - leftOut === 0} onClick={() => start(list())}>
            {words.start(summary.rows - leftOut)}
          </AllowedButton>
        </div>
      )}
    </>
  );
}
