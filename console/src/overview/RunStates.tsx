// How far the BIOS configurations are: of each, on how many devices it succeeded, failed or waits.

import { Text } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";

import { MAY, useMissing } from "../graph/caller";
import { type Collection, DEVICE_MANAGEMENT } from "../graph/client";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { texts } from "../texts";
import css from "./OverviewPage.module.css";

const words = texts.overview;
const query = new URLSearchParams({ $select: "id,displayName", $expand: "runSummary", $top: "50" });

interface RunSummary {
  successfulDeviceCount: number;
  failedDeviceCount: number;
  pendingDeviceCount: number;
  errorDeviceCount: number;
}

interface Configuration {
  id: string;
  displayName: string;
  runSummary: RunSummary | null;
}

export function RunStates() {
  const missing = useMissing(MAY.readPasswords);
  const answer = useResource<Collection<Configuration>>(missing === null ? `${DEVICE_MANAGEMENT}/hardwareConfigurations?${query}` : null);
  return (
    <Section title={words.configurations}>
      {missing !== null ? (
        <Text>{texts.error.needs(missing)}</Text>
      ) : (
        <Answer answer={answer}>{({ value }) => (value.length === 0 ? <Text>{words.noConfigurations}</Text> : <RunTable configurations={value} />)}</Answer>
      )}
    </Section>
  );
}

function RunTable({ configurations }: { configurations: Configuration[] }) {
  const heads = [words.configuration, words.successful, words.waiting, words.failing, words.errors];
  const rows = configurations.map(({ id, displayName, runSummary }) => ({
    key: id,
    cells: [
      <Link key="name" to="/configurations/$id" params={{ id }} search={{}} className={css.link ?? ""}>
        {displayName}
      </Link>,
      <Count key="success" id={id} state="success" count={runSummary?.successfulDeviceCount} />,
      <Count key="pending" id={id} state="pending" count={runSummary?.pendingDeviceCount} />,
      <Count key="fail" id={id} state="fail" count={runSummary?.failedDeviceCount} />,
      <Count key="scriptError" id={id} state="scriptError" count={runSummary?.errorDeviceCount} />,
    ],
  }));
  return <Table label={words.configurations} heads={heads} rows={rows} />;
}

/** A number that opens the devices behind it. */
function Count({ id, state, count = 0 }: { id: string; state: string; count: number | undefined }) {
  return (
    <Link to="/configurations/$id" params={{ id }} search={{ state }} className={css.link ?? ""}>
      {count.toLocaleString("en")}
    </Link>
  );
}
