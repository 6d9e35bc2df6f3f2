// What would come of a change: how many devices change, from what to what, and which are refused for what reason.

import { Text } from "@fluentui/react-components";

import { texts } from "../texts";
import type { Preview } from "./change";
import css from "./ChangeDialog.module.css";

const words = texts.change;

export function ChangePreview({ preview, count }: { preview: Preview; count: number }) {
  const { looked, changing, same, samples, refused } = preview;
  return (
    <div role="status">
      <Text as="p" weight="semibold">
        {words.summary(changing, same, looked - changing - same)}
      </Text>
      {looked < count && <Text as="p">{words.partly(looked, count)}</Text>}
      {refused.size > 0 && (
        <ul className={css.refused}>
          {[...refused].map(([message, times]) => (
            <li key={message}>{words.refused(times, message)}</li>
          ))}
        </ul>
      )}
      {samples.length > 0 && (
        <div className={css.samples} tabIndex={0} role="group" aria-label={words.samples}>
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.devices.columns.id}</th>
                <th scope="col">{words.from}</th>
                <th scope="col">{words.to}</th>
              </tr>
            </thead>
            <tbody>
              {samples.map(({ id, from, to }) => (
                <tr key={id}>
                  <td>{id}</td>
                  <td>{from ?? texts.none}</td>
                  <td>{to ?? texts.none}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
