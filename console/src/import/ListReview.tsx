// One list that was dropped: inspected, mended, and begun to be imported.

import { Button, Field, Input, Spinner, Subtitle2, Text } from "@fluentui/react-components";
import { useEffect, useState } from "react";

import { MAY } from "../graph/caller";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { imports as words } from "../texts/import";
import { FaultTable } from "./FaultTable";
import css from "./ImportPage.module.css";
import { inspect, type Inspection, isNoList, type Values } from "./inspection";
import { hasError, useReview } from "./review";

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

function Inspected({ file, inspection, start }: { file: File; inspection: Inspection; start: (list: ReviewedList) => void }) {
  const { summary, headerLine } = inspection;
  const review = useReview(file, inspection);
  const { rows, ofList, leftOut, mended, unchecked, isBusy } = review;
  const [groupTag, setGroupTag] = useState("");
  const count = summary.rows - leftOut.size;
  const list = (): ReviewedList => {
    const changed = new Map<number, Values | null>(mended.map(({ line, values }) => [line, values]));
    for (const line of leftOut) changed.set(line, null);
    return { file, groupTag: groupTag.trim(), headerLine, rows: summary.rows, mended: Object.fromEntries(changed) };
  };
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
      {rows.length > 0 && (
        <>
          <FaultTable {...review} />
          <div className={css.actions}>
            <Button size="small" onClick={review.leaveOutErrors} disabledFocusable={isBusy}>
              {words.leaveOutErrors}
            </Button>
            <Button size="small" onClick={review.save} disabledFocusable={isBusy}>
              {words.saveFaults}
            </Button>
            {mended.length > unchecked.length && <Text role="status">{words.checked(mended.length - unchecked.length, mended.filter((row) => row.state === "checked" && hasError(row)).length)}</Text>}
            {leftOut.size > 0 && <Text role="status">{words.leftOut(leftOut.size)}</Text>}
          </div>
        </>
      )}
      {review.error && <Failure error={review.error} />}
      {!isNoList(inspection) && (
        <div className={css.start}>
          <Field label={words.groupTag} hint={words.groupTagHint}>
            <Input value={groupTag} onChange={(_, { value }) => setGroupTag(value)} />
          </Field>
          {unchecked.length > 0 && (
            <Button onClick={review.check} disabledFocusable={isBusy}>
              {words.check(unchecked.length)}
            </Button>
          )}
          <AllowedButton may={MAY.changeDevices} appearance="primary" disabled={count === 0} onClick={() => start(list())}>
            {words.start(count)}
          </AllowedButton>
        </div>
      )}
    </>
  );
}
