// What the server found in a file.

import { Badge, Text } from "@fluentui/react-components";

import { Table } from "../shell/Table";
import { configurations } from "../texts/configurations";
import type { Finding } from "./configuration";

const words = configurations.findings;

export function FindingTable({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) return <Text>{words.none}</Text>;
  const errors = findings.filter(({ level }) => level === "error").length;
  const rows = findings.map(({ line, column, level, code, cause, remedy }, at) => ({
    key: String(at),
    cells: [
      line,
      <Badge key="level" appearance="tint" color={level === "error" ? "danger" : "warning"} title={`${code}, ${line}:${column}`}>
        {words.levels[level] ?? level}
      </Badge>,
      cause,
      remedy,
    ],
  }));
  return (
    <>
      <Text weight="semibold">{words.count(errors, findings.length - errors)}</Text>
      <Table label={words.title} heads={[words.line, words.level, words.cause, words.remedy]} rows={rows} />
    </>
  );
}
