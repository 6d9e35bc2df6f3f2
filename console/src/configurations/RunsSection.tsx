// How a configuration fares: a bar for each state, which opens the devices behind it with what they reported.

import { Text } from "@fluentui/react-components";
import { useState } from "react";

import type { Collection } from "../graph/client";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import { type DeviceState, type RunState, type RunSummary, STATES } from "./configuration";
import css from "./ConfigurationPage.module.css";

const words = texts.configurations;
const SHOWN = 100;

export function RunsSection({ path }: { path: string }) {
  const answer = useResource<RunSummary>(`${path}/runSummary`);
  const [state, setState] = useState<RunState | null>(null);
  return (
    <Section title={words.runs} isWide>
      <Answer answer={answer}>
        {(summary) => {
          const most = Math.max(...Object.values(STATES).map((count) => summary[count]), 1);
          return (
            <div className={css.bars}>
              {(Object.keys(STATES) as RunState[]).map((each) => (
                <button key={each} type="button" className={css.bar} aria-pressed={state === each} onClick={() => setState(state === each ? null : each)}>
                  <span>{words.states[each]}</span>
                  <span className={css.track}>
                    <span className={css.fill} data-state={each} style={{ width: `${(summary[STATES[each]] / most) * 100}%` }} />
                  </span>
                  <span>{summary[STATES[each]].toLocaleString("en")}</span>
                </button>
              ))}
            </div>
          );
        }}
      </Answer>
      {state && <Devices path={path} state={state} />}
    </Section>
  );
}

function Devices({ path, state }: { path: string; state: RunState }) {
  const query = new URLSearchParams({ $filter: `configurationState eq '${state}'`, $orderby: "lastStateUpdateDateTime desc", $top: String(SHOWN) });
  const answer = useResource<Collection<DeviceState>>(`${path}/deviceRunStates?${query}`);
  return (
    <Answer answer={answer}>
      {({ value }) =>
        value.length === 0 ? (
          <Text>{words.noDevices}</Text>
        ) : (
          <div className={css.table} role="group" aria-label={words.devicesOf(words.states[state])} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.device}</th>
                  <th scope="col">{words.when}</th>
                  <th scope="col">{words.result}</th>
                </tr>
              </thead>
              <tbody>
                {value.map((run) => (
                  <tr key={run.id}>
                    <td>{run.deviceName ?? run.id}</td>
                    <td>{dateTime(run.lastStateUpdateDateTime)}</td>
                    <td>
                      {run.configurationError}
                      {run.configurationOutput && <pre className={css.output}>{run.configurationOutput}</pre>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Answer>
  );
}
