// The choice of one file of this machine.

import { Button, Field, Text } from "@fluentui/react-components";
import { useRef } from "react";

import { configurations } from "../texts/configurations";
import css from "./Configurations.module.css";

interface FileChoiceProps {
  label: string;
  file: { name: string; bytes: Uint8Array } | null;
  choose: (file: { name: string; bytes: Uint8Array }) => void;
  fault?: string | null;
}

const words = configurations.form;

export function FileChoice({ label, file, choose, fault }: FileChoiceProps) {
  const input = useRef<HTMLInputElement>(null);
  const read = async (chosen: File | undefined) => {
    if (chosen) choose({ name: chosen.name, bytes: new Uint8Array(await chosen.arrayBuffer()) });
  };
  return (
    <Field label={label} {...(fault && { validationMessage: fault })}>
      <div className={css.row}>
        <Button onClick={() => input.current?.click()}>{words.choose}</Button>
        {file && <Text>{words.chosen(file.name, file.bytes.length)}</Text>}
        <input ref={input} type="file" hidden aria-label={label} onChange={(event) => void read(event.target.files?.[0])} />
      </div>
    </Field>
  );
}
