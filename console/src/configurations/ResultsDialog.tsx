// What became of each setting on one device.

import { Text } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";

import { key } from "../graph/client";
import { useResource } from "../graph/resource";
import { InfoDialog } from "../shell/InfoDialog";
import { Answer } from "../shell/Section";
import { Table } from "../shell/Table";
import { configurations } from "../texts/configurations";
import { type DeviceRun, pathOf } from "./configuration";
import css from "./Configurations.module.css";
import { resultsOf } from "./results";

interface ResultsDialogProps {
  configurationId: string;
  runId: string;
  name: string;
  close: () => void;
}

const words = configurations.results;

export function ResultsDialog({ configurationId, runId, name, close }: ResultsDialogProps) {
  const run = useResource<DeviceRun>(`${pathOf(configurationId)}/deviceRunStates/${key(runId)}`);
  const link = (
    <Link to="/devices/$id" params={{ id: runId }} className={css.link ?? ""}>
      {words.device}
    </Link>
  );
  return (
    <InfoDialog title={words.of(name)} close={close} actions={link}>
      <Answer answer={run}>{(run) => <Reported run={run} />}</Answer>
    </InfoDialog>
  );
}

function Reported({ run }: { run: DeviceRun }) {
  const report = resultsOf(run.configurationOutput);
  const error = report?.error ?? run.configurationError;
  const rows = report?.results.map(({ name, outcome, reason }, at) => ({ key: String(at), cells: [name, words.outcomes[outcome] ?? outcome, reason] })) ?? [];
  return (
    <>
      {error && <Text>{error}</Text>}
      {rows.length > 0 && <Table label={words.setting} heads={[words.setting, words.outcome, words.reason]} rows={rows} />}
      {rows.length === 0 && <Text>{words.none}</Text>}
      {!report && run.configurationOutput && (
        <pre className={css.output} tabIndex={0} role="region" aria-label={words.output}>
          {run.configurationOutput}
        </pre>
      )}
    </>
  );
}
