// What the journal has of a device: what changed, when and by whom.

import { Text } from "@fluentui/react-components";

import { type Collection, key } from "../graph/client";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import { DEVICES } from "./device";
import css from "./DevicePage.module.css";

interface TimelineEntry {
  dateTime: string;
  change: string;
  of: string;
  actorId: string;
  requestId: string;
}

const words = texts.device.timeline;

export function TimelineSection({ id }: { id: string }) {
  const answer = useResource<Collection<TimelineEntry>>(`${DEVICES}/${key(id)}/muster.timeline()`);
  return (
    <Section title={words.title} isWide>
      <Answer answer={answer}>
        {({ value }) =>
          value.length === 0 ? (
            <Text>{words.none}</Text>
          ) : (
            <div className={css.table} tabIndex={0} role="group" aria-label={words.title}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{words.when}</th>
                    <th scope="col">{words.what}</th>
                    <th scope="col">{words.who}</th>
                    <th scope="col">{texts.error.requestId}</th>
                  </tr>
                </thead>
                <tbody>
                  {value.map((entry, at) => (
                    <tr key={at}>
                      <td>{dateTime(entry.dateTime)}</td>
                      <td>{words.change(entry.change, entry.of)}</td>
                      <td>{entry.actorId}</td>
                      <td>
                        <code>{entry.requestId}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Answer>
    </Section>
  );
}
