// How a configuration fared: a bar for each state, which opens the devices behind its number.

import { Text } from "@fluentui/react-components";

import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { Bars } from "../shell/Bars";
import { Answer, Section } from "../shell/Section";
import { configurations } from "../texts/configurations";
import { COUNTED, pathOf, RUN_STATES, type RunSummary, TONES } from "./configuration";
import css from "./Configurations.module.css";

const words = configurations.runs;

export function RunSection({ id, state }: { id: string; state: string | undefined }) {
  const summary = useResource<RunSummary>(`${pathOf(id)}/runSummary`);
  return (
    <Section title={words.title}>
      <Answer answer={summary}>
        {(summary) => {
          const bars = RUN_STATES.map((member) => {
            const count = Number(summary[COUNTED[member]]);
            const link = { to: "/configurations/$id", params: { id }, search: { state: member } } as const;
            return { key: member, label: words.states[member] ?? member, count, counted: words.counted(count), tone: TONES[member], link, isChosen: state === member };
          });
          if (bars.every(({ count }) => count === 0)) return <Text>{`${words.none} ${words.noneNext}`}</Text>;
          return (
            <div className={css.form}>
              <Bars bars={bars} />
              <Text>
                {words.last}: {dateTime(summary.lastRunDateTime)}
              </Text>
            </div>
          );
        }}
      </Answer>
    </Section>
  );
}
