// The settings of a configuration's file, and how they differ from another file or configuration.

import { Button, Field, Select, Text } from "@fluentui/react-components";
import { useState } from "react";

import type { Collection } from "../graph/client";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { configurations as all } from "../texts/configurations";
import { bytesOf, differences, settingsOf, textOf } from "./cctk";
import { type Configuration, CONFIGURATIONS, pathOf } from "./configuration";
import css from "./Configurations.module.css";
import { DifferenceTable } from "./DifferenceTable";
import { FileChoice } from "./FileChoice";

const OTHERS = `${CONFIGURATIONS}?${new URLSearchParams({ $select: "id,displayName", $orderby: "displayName", $top: "999" })}`;

export function FileSection({ configuration }: { configuration: Configuration }) {
  const words = all.file;
  const bytes = bytesOf(configuration.configurationFileContent);
  const settings = settingsOf(textOf(bytes));
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    link.download = configuration.fileName;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Section title={words.title}>
      {settings.length === 0 ? <Text>{words.none}</Text> : <Table label={words.title} heads={[words.setting, words.value]} rows={settings.map(({ name, value }, at) => ({ key: String(at), cells: [name, value] }))} />}
      <Button onClick={save}>{words.download}</Button>
    </Section>
  );
}

export function CompareSection({ configuration }: { configuration: Configuration }) {
  const words = all.compare;
  const [file, setFile] = useState<{ name: string; bytes: Uint8Array } | null>(null);
  const [otherId, setOtherId] = useState("");
  const others = useResource<Collection<Pick<Configuration, "id" | "displayName">>>(OTHERS);
  const other = useResource<Configuration>(otherId === "" ? null : `${pathOf(otherId)}?$select=id,displayName,configurationFileContent`);
  const here = settingsOf(textOf(bytesOf(configuration.configurationFileContent)));
  return (
    <Section title={words.title}>
      <div className={css.form}>
        <FileChoice label={words.choose} file={file} choose={(chosen) => (setFile(chosen), setOtherId(""))} />
        <Field label={words.other}>
          <Select value={otherId} onChange={(_, { value }) => (setOtherId(value), setFile(null))}>
            <option value="">{words.none}</option>
            {others.data?.value
              .filter(({ id }) => id !== configuration.id)
              .map(({ id, displayName }) => (
                <option key={id} value={id}>
                  {displayName}
                </option>
              ))}
          </Select>
        </Field>
        {file && <DifferenceTable label={words.title} differences={differences(here, settingsOf(textOf(file.bytes)))} from={words.here} to={words.in(file.name)} />}
        {otherId !== "" && (
          <Answer answer={other}>
            {({ displayName, configurationFileContent }) => (
              <DifferenceTable label={words.title} differences={differences(here, settingsOf(textOf(bytesOf(configurationFileContent))))} from={words.here} to={words.in(displayName)} />
            )}
          </Answer>
        )}
      </div>
    </Section>
  );
}
