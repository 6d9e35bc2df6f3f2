// Where lists are dropped, or chosen.

import { Button, Text } from "@fluentui/react-components";
import { type DragEvent, useEffect, useRef, useState } from "react";

import { imports as words } from "../texts/import";
import css from "./ImportPage.module.css";

const MISSES = ["dragover", "drop"];

export function DropZone({ take }: { take: (files: File[]) => void }) {
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // What misses the zone would have the browser leave the console for the file.
    const stay = (event: Event) => event.preventDefault();
    for (const name of MISSES) addEventListener(name, stay);
    return () => MISSES.forEach((name) => removeEventListener(name, stay));
  }, []);
  const over = (event: DragEvent, isOver: boolean) => {
    event.preventDefault();
    setIsOver(isOver);
  };
  return (
    <div
      className={css.drop}
      data-over={isOver}
      onDragOver={(event) => over(event, true)}
      onDragLeave={(event) => over(event, false)}
      onDrop={(event) => {
        over(event, false);
        take([...event.dataTransfer.files]);
      }}
    >
      <Text>{words.drop}</Text>
      <Button appearance="primary" onClick={() => input.current?.click()}>
        {words.choose}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept=".csv,.txt,text/csv"
        aria-label={words.choose}
        onChange={(event) => {
          take([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </div>
  );
}
