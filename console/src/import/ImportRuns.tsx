// The imports of this browser: under way, interrupted or ended; taken up, reported, forgotten.

import { Button, ProgressBar, Subtitle2, Text } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";

import { begin, useWorks } from "../shell/work";
import { texts } from "../texts";
import { imports as words } from "../texts/import";
import css from "./ImportPage.module.css";
import { save } from "./report";
import { carryOut } from "./run";
import { forget, reportOf, type StoredImport } from "./stored";

/** The work of each import that this page has begun. */
const working = new Map<string, number>();

/** Begins an import, or takes up one that was interrupted. */
export function run(stored: StoredImport, ended: () => void): void {
  working.set(
    stored.id,
    begin(words.work(stored.name), stored.rows, (report, signal) => carryOut(stored, report, signal).finally(ended)),
  );
}

export function ImportRuns({ imports, ended }: { imports: StoredImport[]; ended: () => void }) {
  const works = useWorks();
  return (
    <ul className={css.runs}>
      {imports.map((stored) => {
        const work = works.find(({ id }) => id === working.get(stored.id));
        return <ImportRun key={stored.id} stored={stored} isRunning={work?.state === "running"} stop={() => work?.stop()} ended={ended} />;
      })}
    </ul>
  );
}

interface ImportRunProps {
  stored: StoredImport;
  isRunning: boolean;
  stop: () => void;
  ended: () => void;
}

function ImportRun({ stored, isRunning, stop, ended }: ImportRunProps) {
  const { id, name, rows, counts, isEnded } = stored;
  const done = counts.registered + counts.already + counts.failed + counts.leftOut;
  const state = isEnded ? words.ended : isRunning ? words.running : words.interrupted;
  return (
    <li className={css.list}>
      <Subtitle2 as="h3" className={css.name ?? ""}>
        {name}
      </Subtitle2>
      <ProgressBar value={isEnded ? 1 : done / Math.max(rows, 1)} aria-label={words.work(name)} color={counts.failed > 0 ? "warning" : "brand"} />
      <Text role="status">
        {state}: {words.counts(done, rows, counts)}
      </Text>
      <div className={css.actions}>
        {isRunning && <Button onClick={stop}>{texts.work.stop}</Button>}
        {!isRunning && !isEnded && (
          <Button appearance="primary" onClick={() => run(stored, ended)}>
            {words.takeUp}
          </Button>
        )}
        <Button onClick={() => void reportOf(id).then((parts) => save(`${name}.report.csv`, parts))}>{words.report}</Button>
        {counts.registered > 0 && (
          <Link to="/devices" search={{ import: id }} className={css.link}>
            {words.showDevices}
          </Link>
        )}
        {!isRunning && (
          <Button appearance="subtle" onClick={() => void forget(id)}>
            {isEnded ? texts.work.dismiss : words.giveUp}
          </Button>
        )}
      </div>
    </li>
  );
}
