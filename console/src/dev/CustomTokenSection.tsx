// A token for a tenant and a user with chosen permissions, for the clipboard: what a tool may do with less is tried with less.

import { Button, Checkbox, Field, Input, Select, Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useAct } from "../graph/act";
import { useCaller } from "../graph/caller";
import { readSettings } from "../session/settings";
import { Failure } from "../shell/Failure";
import form from "../shell/Form.module.css";
import { Section } from "../shell/Section";
import { texts } from "../texts";
import { dev } from "../texts/dev";
import { tokenWith } from "./dev_token";
import css from "./DevPage.module.css";

const words = dev.custom;

export function CustomTokenSection({ tenant, choose }: { tenant: string; choose: (tenant: string) => void }) {
  const caller = useCaller();
  const users = useQuery({ queryKey: ["dev users"], queryFn: async () => (await readSettings()).dev?.users ?? [] }).data ?? [];
  const [user, setUser] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [filter, setFilter] = useState("");
  const [notice, setNotice] = useState<string | null>(null);
  const { run, error, isBusy } = useAct();
  const permissions = caller?.permissions ?? [];
  const shown = permissions.filter((name) => name.toLowerCase().includes(filter.trim().toLowerCase()));
  const who = user || (users[0]?.userPrincipalName ?? "");
  const isReady = chosen.size > 0 && tenant.trim() !== "" && who !== "" && !isBusy;
  const copy = () => {
    setNotice(null);
    void run(async () => {
      const token = await tokenWith({ tenant: tenant.trim(), user: who, permissions: permissions.filter((name) => chosen.has(name)) });
      await navigator.clipboard.writeText(token);
      setNotice(words.copied(chosen.size));
    });
  };
  const toggle = (name: string, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(name);
    else next.delete(name);
    setChosen(next);
  };
  return (
    <Section title={words.title}>
      <div className={form.form}>
        <Field label={texts.signIn.tenant}>
          <Input value={tenant} onChange={(_, { value }) => choose(value)} />
        </Field>
        <Field label={words.user}>
          <Select value={who} onChange={(_, { value }) => setUser(value)}>
            {users.map(({ userPrincipalName, name }) => (
              <option key={userPrincipalName} value={userPrincipalName}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={words.search}>
          <Input value={filter} onChange={(_, { value }) => setFilter(value)} />
        </Field>
        <div className={css.permissions} role="group" aria-label={words.permissions} tabIndex={0}>
          {shown.map((name) => (
            <Checkbox key={name} label={name} checked={chosen.has(name)} onChange={(_, { checked }) => toggle(name, checked === true)} />
          ))}
        </div>
        <div className={form.actions}>
          <Button appearance="primary" disabledFocusable={!isReady} onClick={() => isReady && copy()}>
            {words.copy(chosen.size)}
          </Button>
          {notice && <Text role="status">{notice}</Text>}
        </div>
        {error && <Failure error={error} />}
      </div>
    </Section>
  );
}
