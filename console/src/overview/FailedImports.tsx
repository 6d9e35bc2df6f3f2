// The imports that ended in an error, by reason, and some of each.

import { Text } from "@fluentui/react-components";

import { type Collection, DEVICE_MANAGEMENT } from "../graph/client";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import css from "./OverviewPage.module.css";

const words = texts.overview;
/** The newest failures that are looked at, and the serial numbers that are named of each reason. */
const LOOKED_AT = 500;
const NAMED = 5;
const query = new URLSearchParams({ $filter: "state/deviceImportStatus eq 'error'", $orderby: "id desc", $select: "id,serialNumber,state", $top: String(LOOKED_AT), $count: "true" });

interface FailedImport {
  id: string;
  serialNumber: string | null;
  state: { deviceErrorCode: number; deviceErrorName: string } | null;
}

export function FailedImports() {
  const answer = useResource<Collection<FailedImport>>(`${DEVICE_MANAGEMENT}/importedWindowsAutopilotDeviceIdentities?${query}`);
  return (
    <Section title={words.failedImports}>
      <Answer answer={answer}>
        {({ value, "@odata.count": count = value.length }) => (
          <>
            <Text>{count === 0 ? words.noFailedImports : words.failed(count)}</Text>
            <ul className={css.list}>
              {[...byReason(value)].map(([reason, imports]) => (
                <li key={reason}>
                  <strong>{reason}</strong>: {words.some(imports.length, imports.slice(0, NAMED).map(({ serialNumber, id }) => serialNumber || id))}
                </li>
              ))}
            </ul>
          </>
        )}
      </Answer>
    </Section>
  );
}

function byReason(imports: FailedImport[]): Map<string, FailedImport[]> {
  const reasons = new Map<string, FailedImport[]>();
  for (const failed of imports) {
    const reason = `${failed.state?.deviceErrorCode ?? ""} ${failed.state?.deviceErrorName ?? ""}`.trim();
    reasons.set(reason, [...(reasons.get(reason) ?? []), failed]);
  }
  return reasons;
}
