// What narrows the events: who, what, whom, when.

import { Button, Field, Input, Select } from "@fluentui/react-components";
import { type FormEvent, useEffect, useState } from "react";

import { audit as words } from "../texts/audit";
import css from "./Audit.module.css";
import type { AuditView } from "./event";

interface EventFiltersProps {
  view: AuditView;
  change: (view: AuditView) => void;
}

export function EventFilters({ view, change }: EventFiltersProps) {
  const set = (name: keyof AuditView) => (value: string) => {
    const { [name]: _, ...others } = view;
    change(value === "" ? others : { ...others, [name]: value });
  };
  return (
    <div className={css.filters} role="group" aria-label={words.filters}>
      <Entered label={words.who} placeholder={words.whoHint} value={view.who ?? ""} onEntered={set("who")} />
      <Field label={words.what}>
        <Select value={view.activity ?? ""} onChange={(_, { value }) => set("activity")(value)}>
          <option value="">{words.anything}</option>
          {Object.entries(words.activities).map(([type, title]) => (
            <option key={type} value={type}>
              {title}
            </option>
          ))}
        </Select>
      </Field>
      <Entered label={words.whom} placeholder={words.whomHint} value={view.resource ?? ""} onEntered={set("resource")} />
      <Field label={words.from}>
        <Input type="date" value={view.from ?? ""} onChange={(_, { value }) => set("from")(value)} />
      </Field>
      <Field label={words.to}>
        <Input type="date" value={view.to ?? ""} onChange={(_, { value }) => set("to")(value)} />
      </Field>
      {Object.keys(view).length > 0 && (
        <Button appearance="subtle" onClick={() => change({})}>
          {words.clear}
        </Button>
      )}
    </div>
  );
}

interface EnteredProps {
  label: string;
  placeholder: string;
  value: string;
  onEntered: (text: string) => void;
}

/** A text that counts when it is left or entered, as each filter looks at the whole chain. */
function Entered({ label, placeholder, value, onEntered }: EnteredProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const enter = () => text.trim() !== value && onEntered(text.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter();
  };
  return (
    <form className={css.wide} onSubmit={submit}>
      <Field label={label}>
        <Input value={text} placeholder={placeholder} onChange={(_, data) => setText(data.value)} onBlur={enter} />
      </Field>
    </form>
  );
}
