// Changes the rings. Changed rings begin with the first again.

import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Select } from "@fluentui/react-components";
import { type FormEvent, useState } from "react";

import { useAct } from "../graph/act";
import { graph } from "../graph/client";
import { Failure } from "../shell/Failure";
import { GroupChoice } from "../shell/GroupChoice";
import { texts } from "../texts";
import { configurations } from "../texts/configurations";
import type { Ring, Rollout } from "./configuration";
import css from "./Configurations.module.css";

const words = configurations.rollout;
const RINGS_MAX = 20;
const NEW: Ring = { displayName: null, groupId: null, percent: 5, minimumSuccesses: 1 };

/** A number as somebody typed it; none if nothing is there. */
const numberOf = (text: string) => (text.trim() === "" ? null : Number(text));

export function RingsDialog({ path, rollout, close }: { path: string; rollout: Rollout; close: () => void }) {
  const [rings, setRings] = useState(rollout.rings);
  const [failures, setFailures] = useState(rollout.haltAfterFailures);
  const [percent, setPercent] = useState(rollout.haltAfterFailuresPercent);
  const [isAtomic, setIsAtomic] = useState(rollout.isAtomic);
  const { run, error, isBusy } = useAct();
  const change = (at: number, part: Partial<Ring>) => setRings(rings.map((ring, index) => (index === at ? { ...ring, ...part } : ring)));
  const save = (event: FormEvent) => {
    event.preventDefault();
    const body = { rings, haltAfterFailures: failures, haltAfterFailuresPercent: percent, isAtomic };
    void run(() => graph(path, { method: "PATCH", body })).then((done) => done && close());
  };
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <form onSubmit={save}>
          <DialogBody>
            <DialogTitle>{words.edit}</DialogTitle>
            <DialogContent className={css.form ?? ""}>
              {rings.map((ring, at) => (
                <RingFields key={at} number={at + 1} ring={ring} change={(part) => change(at, part)} remove={() => setRings(rings.filter((_, index) => index !== at))} />
              ))}
              <div>
                <Button disabledFocusable={rings.length >= RINGS_MAX} onClick={() => rings.length < RINGS_MAX && setRings([...rings, NEW])}>
                  {words.form.add}
                </Button>
              </div>
              <NumberField label={words.form.haltAfterFailures} hint={words.form.empty} min={0} value={failures} onChange={setFailures} />
              <NumberField label={words.form.haltAfterFailuresPercent} min={1} max={100} value={percent} onChange={setPercent} />
              <Checkbox label={words.form.isAtomic} checked={isAtomic} onChange={(_, { checked }) => setIsAtomic(checked === true)} />
              {error && <Failure error={error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>{texts.change.cancel}</Button>
              <Button type="submit" appearance="primary" disabledFocusable={isBusy}>
                {texts.save}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

interface RingFieldsProps {
  number: number;
  ring: Ring;
  change: (part: Partial<Ring>) => void;
  remove: () => void;
}

function RingFields({ number, ring, change, remove }: RingFieldsProps) {
  const isByGroup = ring.percent === null;
  const { groups } = configurations;
  return (
    <fieldset className={css.ring}>
      <legend>{words.form.ring(number)}</legend>
      <Field label={words.form.name}>
        <Input value={ring.displayName ?? ""} maxLength={150} onChange={(_, { value }) => change({ displayName: value || null })} />
      </Field>
      <Field label={words.form.by}>
        <Select value={isByGroup ? "group" : "percent"} onChange={(_, { value }) => change(value === "group" ? { percent: null, groupId: "" } : { percent: 5, groupId: null })}>
          <option value="percent">{words.form.byPercent}</option>
          <option value="group">{words.form.byGroup}</option>
        </Select>
      </Field>
      {isByGroup ? (
        <GroupChoice label={groups.group} choose={groups.choose} none={groups.none} value={ring.groupId ?? ""} onChange={(groupId) => change({ groupId })} />
      ) : (
        <NumberField label={words.form.percent} min={1} max={100} value={ring.percent} onChange={(percent) => change({ percent: percent ?? 0 })} />
      )}
      <NumberField label={words.form.minimumSuccesses} min={1} value={ring.minimumSuccesses} onChange={(minimumSuccesses) => change({ minimumSuccesses: minimumSuccesses ?? 1 })} />
      <div>
        <Button size="small" aria-label={words.form.remove(number)} onClick={remove}>
          {words.form.remove(number)}
        </Button>
      </div>
    </fieldset>
  );
}

interface NumberFieldProps {
  label: string;
  hint?: string;
  min: number;
  max?: number;
  value: number | null;
  onChange: (value: number | null) => void;
}

function NumberField({ label, hint, min, max, value, onChange }: NumberFieldProps) {
  return (
    <Field label={label} {...(hint && { hint })}>
      <Input type="number" className={css.number ?? ""} min={min} {...(max !== undefined && { max })} value={value === null ? "" : String(value)} onChange={(_, data) => onChange(numberOf(data.value))} />
    </Field>
  );
}
