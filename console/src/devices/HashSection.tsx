// The hardware hash of a device, record by record, as long as the record of its import is kept.

import { Text } from "@fluentui/react-components";

import { type Collection, DEVICE_MANAGEMENT, key, literal } from "../graph/client";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { device } from "../texts/device";

const IMPORTS = `${DEVICE_MANAGEMENT}/importedWindowsAutopilotDeviceIdentities`;

interface HashRecord {
  offset: number;
  number: number;
  name: string;
  value: string;
}

const words = device.hash;

export function HashSection({ id }: { id: string }) {
  const query = new URLSearchParams({ $filter: `state/deviceRegistrationId eq ${literal(id)}`, $select: "id", $top: "1" });
  const imports = useResource<Collection<{ id: string }>>(`${IMPORTS}?${query}`);
  const imported = imports.data?.value[0]?.id;
  const hash = useResource<Collection<HashRecord>>(imported === undefined ? null : `${IMPORTS}/${key(imported)}/muster.hash()`);
  return (
    <Section title={words.title} isWide>
      <Answer answer={imports}>
        {({ value }) =>
          value.length === 0 ? (
            <Text>{words.noImport}</Text>
          ) : (
            <Answer answer={hash}>{(hash) => <Records records={hash.value} />}</Answer>
          )
        }
      </Answer>
    </Section>
  );
}

function Records({ records }: { records: HashRecord[] }) {
  if (records.length === 0) return <Text>{words.none}</Text>;
  const rows = records.map(({ offset, number, name, value }) => ({ key: String(offset), cells: [offset, `${name} (${number})`, value] }));
  return <Table label={words.title} heads={[words.offset, words.record, words.value]} rows={rows} />;
}
