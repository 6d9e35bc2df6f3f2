// What would come of a change: how many devices change, from what to what, and which are refused for what reason.

import { Text } from "@fluentui/react-components";

import { Table } from "../shell/Table";
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
        <Table label={words.samples} heads={[texts.devices.columns.id, words.from, words.to]} rows={samples.map(({ id, from, to }) => ({ key: id, cells: [id, from ?? texts.none, to ?? texts.none] }))} />
      )}
    </div>
  );
}
