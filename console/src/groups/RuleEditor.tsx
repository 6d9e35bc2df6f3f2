// The rule of a group while it is written: a mistake at its position, or whom it selects now.

import { Field, Text, Textarea } from "@fluentui/react-components";
import { useEffect, useState } from "react";

import type { GraphError } from "../graph/error";
import { Failure } from "../shell/Failure";
import { texts } from "../texts";
import { select, type Selection } from "./group";
import css from "./GroupPage.module.css";

const TYPED_MILLISECONDS = 250;
const words = texts.groups;

export function RuleEditor({ rule, change }: { rule: string; change: (rule: string) => void }) {
  const [selection, setSelection] = useState<Selection | null>(null);
  const [error, setError] = useState<GraphError | null>(null);
  useEffect(() => {
    if (rule.trim() === "") {
      setSelection(null);
      return undefined;
    }
    const leaving = new AbortController();
    const pause = setTimeout(() => {
      select(rule, leaving.signal).then(
        (found) => (setSelection(found), setError(null)),
        (reason: GraphError) => leaving.signal.aborted || setError(reason),
      );
    }, TYPED_MILLISECONDS);
    return () => {
      clearTimeout(pause);
      leaving.abort();
    };
  }, [rule]);
  const mistake = selection?.mistake ?? null;
  return (
    <>
      <Field label={words.rule} hint={words.ruleHint} {...(mistake !== null && { validationMessage: words.mistake(mistake, (selection?.position ?? 0) + 1) })}>
        <Textarea className={css.rule ?? ""} textarea={{ className: css.code ?? "" }} value={rule} rows={4} spellCheck={false} onChange={(_, { value }) => change(value)} />
      </Field>
      {mistake !== null && <Marked rule={rule} position={selection?.position ?? 0} />}
      {error && <Failure error={error} />}
      {selection && mistake === null && <Selected selection={selection} />}
    </>
  );
}

function Marked({ rule, position }: { rule: string; position: number }) {
  // Positions count characters, not units of UTF-16.
  const characters = [...rule];
  const part = (from: number, to?: number) => characters.slice(from, to).join("");
  const end = position + ([...(/^[^\s()]+/.exec(part(position))?.[0] ?? "")].length || 1);
  return (
    <pre className={css.marked} aria-label={words.where}>
      {part(Math.max(position - 40, 0), position)}
      <mark>{part(position, end) || " "}</mark>
      {part(end, end + 40)}
    </pre>
  );
}

function Selected({ selection: { count, displayNames } }: { selection: Selection }) {
  return (
    <div role="status" aria-label={words.selected}>
      <Text weight="semibold">{words.count(Number(count ?? 0))}</Text>
      <ul className={css.names}>
        {displayNames.map((name, at) => (
          <li key={at}>{name}</li>
        ))}
      </ul>
    </div>
  );
}
