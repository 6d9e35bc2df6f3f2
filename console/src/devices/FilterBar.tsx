// What narrows the devices: a search, members of two enumerations, a tag, and a filter in OData's own words.

import { Button, Field, Input, Menu, MenuButton, MenuItemCheckbox, MenuList, MenuPopover, MenuTrigger, SearchBox } from "@fluentui/react-components";
import { useEffect, useState } from "react";

import { texts } from "../texts";
import css from "./FilterBar.module.css";
import { isNarrowed, type View, words } from "./view";

/** A pause in typing that is long enough to look for what is typed. */
const TYPED_MILLISECONDS = 250;

export function FilterBar({ view, change }: { view: View; change: (part: View) => void }) {
  return (
    <div className={css.bar} role="group" aria-label={texts.devices.filters}>
      <Typed value={view.search ?? ""} onTyped={(search) => change({ search })} />
      <Members title={texts.devices.status} names={texts.devices.statuses} chosen={view.status} onChange={(status) => change({ status })} />
      <Members title={texts.devices.enrollment} names={texts.devices.enrollments} chosen={view.enrollment} onChange={(enrollment) => change({ enrollment })} />
      <Entered label={texts.devices.groupTag} value={view.tag ?? ""} onEntered={(tag) => change({ tag })} />
      <Entered label={texts.devices.expert} placeholder={texts.devices.expertHint} value={view.filter ?? ""} onEntered={(filter) => change({ filter })} isWide />
      {view.import && <Button onClick={() => change({ import: "" })}>{texts.devices.ofImport}</Button>}
      {isNarrowed(view) && (
        <Button appearance="subtle" onClick={() => change({ search: "", status: "", enrollment: "", tag: "", import: "", filter: "" })}>
          {texts.devices.clearFilters}
        </Button>
      )}
    </div>
  );
}

function Typed({ value, onTyped }: { value: string; onTyped: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const pause = setTimeout(() => onTyped(text), TYPED_MILLISECONDS);
    return () => clearTimeout(pause);
  }, [text]);
  return <SearchBox className={css.search ?? ""} aria-label={texts.devices.search} placeholder={texts.devices.search} value={text} onChange={(_, data) => setText(data.value)} />;
}

interface MembersProps {
  title: string;
  names: Record<string, string>;
  chosen: string | undefined;
  onChange: (list: string) => void;
}

function Members({ title, names, chosen, onChange }: MembersProps) {
  const checked = words(chosen);
  const shown = checked.length > 0 ? checked.map((member) => names[member] ?? member).join(", ") : texts.devices.any;
  return (
    <Menu checkedValues={{ members: checked }} onCheckedValueChange={(_, { checkedItems }) => onChange(checkedItems.join(","))}>
      <MenuTrigger disableButtonEnhancement>
        <MenuButton>{`${title}: ${shown}`}</MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {Object.entries(names).map(([member, name]) => (
            <MenuItemCheckbox key={member} name="members" value={member}>
              {name}
            </MenuItemCheckbox>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

interface EnteredProps {
  label: string;
  placeholder?: string;
  value: string;
  onEntered: (text: string) => void;
  isWide?: boolean;
}

function Entered({ label, placeholder, value, onEntered, isWide }: EnteredProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const enter = () => text.trim() !== value && onEntered(text.trim());
  return (
    <form className={isWide ? css.wide : undefined} onSubmit={(event) => (event.preventDefault(), enter())}>
      <Field label={label} orientation="horizontal" className={css.field ?? ""}>
        <Input value={text} placeholder={placeholder ?? ""} onChange={(_, data) => setText(data.value)} onBlur={enter} />
      </Field>
    </form>
  );
}
