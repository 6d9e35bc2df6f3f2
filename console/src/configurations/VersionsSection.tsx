// What a configuration was: each version that was replaced, to be saved or given out again.

import { Button, Text } from "@fluentui/react-components";
import { useState } from "react";

import { MAY } from "../graph/caller";
import { graph, key } from "../graph/client";
import { dateTime } from "../graph/dates";
import { AllowedButton } from "../shell/Allowed";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { saveFile } from "../shell/saving";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { configurations } from "../texts/configurations";
import { bytesOf } from "./cctk";
import { type Configuration, type FormerVersion, pathOf, upload } from "./configuration";
import css from "./Configurations.module.css";
import { bodyOf, type ListedVersion, useFormerVersions } from "./version";

const words = configurations.versions;

export function VersionsSection({ configuration }: { configuration: Configuration }) {
  const { id } = configuration;
  const versions = useFormerVersions(id);
  const [asked, setAsked] = useState<ListedVersion | null>(null);
  const read = (version: ListedVersion) => graph<FormerVersion>(`${pathOf(id)}/versions/${key(version.id)}`);
  const save = async (version: ListedVersion) => saveFile(version.fileName, "application/octet-stream", [bytesOf((await read(version)).configurationFileContent)]);
  const rowOf = (version: ListedVersion) => ({
    key: version.id,
    cells: [
      version.version,
      version.fileName,
      dateTime(version.replacedDateTime),
      <div key="actions" className={css.row}>
        <Button size="small" aria-label={words.saveOf(version.version)} onClick={() => void save(version)}>
          {configurations.file.download}
        </Button>
        <AllowedButton size="small" may={MAY.changeConfigurations} aria-label={words.restoreOf(version.version)} onClick={() => setAsked(version)}>
          {words.restore}
        </AllowedButton>
      </div>,
    ],
  });
  return (
    <Section title={words.title} isWide>
      <Answer answer={versions}>
        {({ value }) => (value.length === 0 ? <Text>{words.none}</Text> : <Table label={words.title} heads={[words.version, words.file, words.replaced, words.actions]} rows={value.map(rowOf)} />)}
      </Answer>
      {asked && (
        <ConfirmDialog
          title={words.restoreOf(asked.version)}
          note={words.restoreNote(configuration.version + 1)}
          verb={words.restore}
          act={async () => upload(id, bodyOf(await read(asked)))}
          close={() => setAsked(null)}
        />
      )}
    </Section>
  );
}
