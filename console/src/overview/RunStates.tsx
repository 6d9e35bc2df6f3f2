// How far the BIOS configurations are: of each, on how many devices it succeeded, failed or waits.

import { Text } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";

import { MAY, useMissing } from "../graph/caller";
import { type Collection, DEVICE_MANAGEMENT } from "../graph/client";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
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
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">{words.configuration}</th>
          <th scope="col">{words.successful}</th>
          <th scope="col">{words.waiting}</th>
          <th scope="col">{words.failing}</th>
          <th scope="col">{words.errors}</th>
        </tr>
      </thead>
      <tbody>
        {configurations.map(({ id, displayName, runSummary }) => (
          <tr key={id}>
            <th scope="row">
              <Link to="/configurations/$id" params={{ id }} search={{}} className={css.link ?? ""}>
                {displayName}
              </Link>
            </th>
            <Count id={id} state="success" count={runSummary?.successfulDeviceCount} />
            <Count id={id} state="pending" count={runSummary?.pendingDeviceCount} />
            <Count id={id} state="fail" count={runSummary?.failedDeviceCount} />
            <Count id={id} state="scriptError" count={runSummary?.errorDeviceCount} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A number that opens the devices behind it. */
function Count({ id, state, count = 0 }: { id: string; state: string; count: number | undefined }) {
  return (
    <td>
      <Link to="/configurations/$id" params={{ id }} search={{ state }} className={css.link ?? ""}>
        {count.toLocaleString("en")}
      </Link>
    </td>
  );
}
