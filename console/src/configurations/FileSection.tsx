// The settings of a configuration's file.

import { Button, Text } from "@fluentui/react-components";

import { saveFile } from "../shell/saving";
import { Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { configurations as all } from "../texts/configurations";
import { bytesOf, settingsOf, textOf } from "./cctk";
import type { Configuration } from "./configuration";

export function FileSection({ configuration }: { configuration: Configuration }) {
  const words = all.file;
  const bytes = bytesOf(configuration.configurationFileContent);
  const settings = settingsOf(textOf(bytes));
  return (
    <Section title={words.title}>
      {settings.length === 0 ? <Text>{words.none}</Text> : <Table label={words.title} heads={[words.setting, words.value]} rows={settings.map(({ name, value }, at) => ({ key: String(at), cells: [name, value] }))} />}
      <Button onClick={() => saveFile(configuration.fileName, "application/octet-stream", [bytes])}>{words.download}</Button>
    </Section>
  );
}
