// What differs between two files of settings.

import { Text } from "@fluentui/react-components";

import { Table } from "../shell/Table";
import { configurations } from "../texts/configurations";
import type { Difference } from "./cctk";

interface DifferenceTableProps {
  label: string;
  differences: Difference[];
  /** What the two sides are called. */
  from: string;
  to: string;
}

const words = configurations.compare;

export function DifferenceTable({ label, differences, from, to }: DifferenceTableProps) {
  if (differences.length === 0) return <Text>{words.same}</Text>;
  const rows = differences.map((difference) => ({ key: difference.name, cells: [difference.name, difference.from ?? words.gone, difference.to ?? words.gone] }));
  const isSomeGone = differences.some(({ to }) => to === null);
  const heads = [configurations.file.setting, from, to];
  return (
    <>
      <Text weight="semibold">{words.count(differences.length)}</Text>
      <Table label={label} heads={heads} rows={rows} />
      {isSomeGone && <Text>{words.note}</Text>}
    </>
  );
}
