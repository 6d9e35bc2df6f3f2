// How the tenant is: numbers that open the list behind them.

import { PageHeader } from "../shell/PageHeader";
import { Section, Sections } from "../shell/Section";
import { texts } from "../texts";
import { CountTile, Tiles } from "./CountTile";
import { FailedImports } from "./FailedImports";
import { RunStates } from "./RunStates";
import { ServerHealth } from "./ServerHealth";

const words = texts.overview;
/** A device that was not there for so long is worth a look. */
const SILENT_DAYS = 30;

export function OverviewPage() {
  const silentSince = new Date(Date.now() - SILENT_DAYS * 86_400_000).toISOString().slice(0, 10);
  const silent = `lastContactedDateTime lt ${silentSince}T00:00:00Z and enrollmentState eq 'enrolled'`;
  return (
    <>
      <PageHeader title={words.title} />
      <Sections>
        <Section title={words.devices} isWide>
          <Tiles>
            <CountTile title={words.registered} view={{}} />
            {Object.entries(texts.devices.statuses).map(([status, title]) => (
              <CountTile key={status} title={words.profile(title)} view={{ status }} />
            ))}
          </Tiles>
        </Section>
        <Section title={words.checkIns} isWide>
          <Tiles>
            {Object.entries(texts.devices.enrollments).map(([enrollment, title]) => (
              <CountTile key={enrollment} title={title} view={{ enrollment }} />
            ))}
            <CountTile title={words.silent(SILENT_DAYS)} view={{ filter: silent }} />
          </Tiles>
        </Section>
        <FailedImports />
        <RunStates />
        <ServerHealth />
      </Sections>
    </>
  );
}
