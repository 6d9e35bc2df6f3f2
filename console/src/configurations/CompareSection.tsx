// How a version of a configuration differs from another version, another configuration, or a file.

import { Field, Select } from "@fluentui/react-components";
import { useState } from "react";

import type { Collection } from "../graph/client";
import { useResource } from "../graph/resource";
import { Failure } from "../shell/Failure";
import { Section } from "../shell/Section";
import { configurations as all } from "../texts/configurations";
import { bytesOf, differences, settingsOf, textOf } from "./cctk";
import { type Configuration, CONFIGURATIONS, pathOf } from "./configuration";
import css from "./Configurations.module.css";
import { DifferenceTable } from "./DifferenceTable";
import { FileChoice } from "./FileChoice";
import { useFormerVersion, useFormerVersions } from "./version";

const OTHERS = `${CONFIGURATIONS}?${new URLSearchParams({ $select: "id,displayName", $orderby: "displayName", $top: "999" })}`;
const words = all.compare;

const settingsIn = (content: string) => settingsOf(textOf(bytesOf(content)));

interface Choice {
  value: string;
  title: string;
}

export function CompareSection({ configuration }: { configuration: Configuration }) {
  const { id, version } = configuration;
  const [fromVersion, setFromVersion] = useState("");
  const [toVersion, setToVersion] = useState("");
  const [file, setFile] = useState<{ name: string; bytes: Uint8Array } | null>(null);
  const [otherId, setOtherId] = useState("");
  const versions = useFormerVersions(id);
  const others = useResource<Collection<Pick<Configuration, "id" | "displayName">>>(OTHERS);
  const from = useFormerVersion(id, fromVersion || null);
  const to = useFormerVersion(id, toVersion && toVersion !== String(version) ? toVersion : null);
  const other = useResource<Configuration>(otherId === "" ? null : `${pathOf(otherId)}?$select=id,displayName,configurationFileContent`);
  const choose = (next: { version?: string; otherId?: string; file?: { name: string; bytes: Uint8Array } }) => {
    setToVersion(next.version ?? "");
    setOtherId(next.otherId ?? "");
    setFile(next.file ?? null);
  };
  const former: Choice[] = versions.data?.value.map((each) => ({ value: each.id, title: words.version(each.version) })) ?? [];
  const present = { value: String(version), title: words.present(version) };
  const otherChoices = others.data?.value.filter((each) => each.id !== id).map((each) => ({ value: each.id, title: each.displayName })) ?? [];
  const here = fromVersion === "" ? configuration.configurationFileContent : from.data?.configurationFileContent;
  const side = (): { title: string; text: string | undefined } | null => {
    if (file) return { title: words.in(file.name), text: textOf(file.bytes) };
    const content = otherId ? other.data?.configurationFileContent : toVersion === present.value ? configuration.configurationFileContent : to.data?.configurationFileContent;
    const title = otherId ? words.in(other.data?.displayName ?? "") : words.inVersion(Number(toVersion));
    return otherId || toVersion ? { title, text: content === undefined ? undefined : textOf(bytesOf(content)) } : null;
  };
  const there = side();
  const error = from.error ?? to.error ?? other.error;
  return (
    <Section title={words.title}>
      <div className={css.form}>
        <Choices label={words.from} choices={former} empty={present.title} value={fromVersion} onChange={setFromVersion} />
        <Choices label={words.otherVersion} choices={[present, ...former].filter(({ value }) => value !== (fromVersion || present.value))} empty={words.none} value={toVersion} onChange={(version) => choose({ version })} />
        <Choices label={words.other} choices={otherChoices} empty={words.none} value={otherId} onChange={(otherId) => choose({ otherId })} />
        <FileChoice label={words.choose} file={file} choose={(file) => choose({ file })} />
        {error && <Failure error={error} />}
        {here !== undefined && there?.text !== undefined && (
          <DifferenceTable label={words.title} differences={differences(settingsIn(here), settingsOf(there.text))} from={words.inVersion(Number(fromVersion || version))} to={there.title} />
        )}
      </div>
    </Section>
  );
}

interface ChoicesProps {
  label: string;
  choices: Choice[];
  /** What it is while nothing else is chosen. */
  empty: string;
  value: string;
  onChange: (value: string) => void;
}

function Choices({ label, choices, empty, value, onChange }: ChoicesProps) {
  return (
    <Field label={label}>
      <Select value={value} onChange={(_, data) => onChange(data.value)}>
        <option value="">{empty}</option>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </Select>
    </Field>
  );
}
