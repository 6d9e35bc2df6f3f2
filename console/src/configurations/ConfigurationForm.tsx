// The file of a configuration: chosen or written, compared with the one that is there, and what was found in it.

import { Button, Field, Input, Text, Textarea } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";

import { MAY } from "../graph/caller";
import { graph, key } from "../graph/client";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { Section } from "../shell/Section";
import { texts } from "../texts";
import { base64, changesOf, type Configuration, CONFIGURATIONS, type FileFinding, textOf } from "./configuration";
import css from "./ConfigurationPage.module.css";

const words = texts.configurations;

/** What was found in a file that was just saved under an id, for the page that is shown next. */
const found = new Map<string, FileFinding[]>();

export function ConfigurationForm({ configuration }: { configuration: Configuration }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isNew = configuration.id === "new";
  const stored = textOf(configuration.configurationFileContent);
  const [displayName, setDisplayName] = useState(configuration.displayName);
  const [description, setDescription] = useState(configuration.description ?? "");
  const [fileName, setFileName] = useState(configuration.fileName);
  const [text, setText] = useState(stored);
  const [findings, setFindings] = useState(found.get(configuration.id) ?? null);
  const [error, setError] = useState<Error | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const isWhole = displayName.trim() !== "" && fileName.trim() !== "" && text.trim() !== "";
  const take = async (file: File | undefined) => {
    if (!file) return;
    setFileName(file.name);
    setText(await file.text());
  };
  const done = () => {
    for (const kind of ["rows", "count", "resource"]) void queries.invalidateQueries({ queryKey: [kind] });
    setError(null);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!isWhole) return;
    const body = { displayName, description: description || null, fileName, configurationFileContent: base64(new TextEncoder().encode(text)) };
    const path = isNew ? CONFIGURATIONS : `${CONFIGURATIONS}/${key(configuration.id)}`;
    graph<Configuration>(path, { method: isNew ? "POST" : "PATCH", body, headers: { Prefer: "return=representation" } }).then((saved) => {
      found.set(saved.id, saved["@muster.findings"] ?? []);
      setFindings(saved["@muster.findings"] ?? []);
      done();
      if (isNew) void navigate({ to: "/configurations/$id", params: { id: saved.id } });
    }, setError);
  };
  const remove = () => {
    graph(`${CONFIGURATIONS}/${key(configuration.id)}`, { method: "DELETE" }).then(() => (done(), void navigate({ to: "/configurations" })), setError);
  };
  return (
    <Section title={isNew ? words.settings : words.settingsOf(configuration.version)}>
      <form className={css.form} onSubmit={save}>
        <Field label={words.name} required>
          <Input value={displayName} maxLength={150} onChange={(_, { value }) => setDisplayName(value)} />
        </Field>
        <Field label={words.description}>
          <Input value={description} maxLength={1_000} onChange={(_, { value }) => setDescription(value)} />
        </Field>
        <div className={css.actions}>
          <Button onClick={() => input.current?.click()}>{words.choose}</Button>
          <input ref={input} type="file" hidden aria-label={words.choose} onChange={(event) => void take(event.target.files?.[0])} />
        </div>
        <Field label={words.file} required>
          <Input value={fileName} maxLength={150} onChange={(_, { value }) => setFileName(value)} />
        </Field>
        <Field label={words.content} required>
          <Textarea textarea={{ className: css.code ?? "" }} rows={10} spellCheck={false} value={text} onChange={(_, { value }) => setText(value)} />
        </Field>
        {!isNew && text !== stored && <Comparison before={stored} after={text} />}
        {findings && <Findings findings={findings} />}
        {error && <Failure error={error} />}
        <div className={css.actions}>
          <AllowedButton type="submit" appearance="primary" may={MAY.changeConfigurations} disabled={!isWhole}>
            {texts.save}
          </AllowedButton>
          {!isNew && (
            <Button appearance="subtle" onClick={remove}>
              {words.delete}
            </Button>
          )}
        </div>
      </form>
    </Section>
  );
}

function Comparison({ before, after }: { before: string; after: string }) {
  const changes = changesOf(before, after);
  return (
    <div role="group" aria-label={words.comparison}>
      <Text weight="semibold">{words.comparison}</Text>
      <ul className={css.changes}>
        {changes.map(({ kind, line }) => (
          <li key={`${kind} ${line}`} data-kind={kind}>
            {words.change(kind, line)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Findings({ findings }: { findings: FileFinding[] }) {
  return (
    <div role="status" aria-label={words.findings}>
      <Text weight="semibold">{findings.length === 0 ? words.clean : words.findings}</Text>
      <ul className={css.changes}>
        {findings.map((finding) => (
          <li key={`${finding.line} ${finding.column} ${finding.code}`} data-level={finding.level}>
            {words.finding(finding.line, finding.level, finding.cause, finding.remedy)}
          </li>
        ))}
      </ul>
    </div>
  );
}
