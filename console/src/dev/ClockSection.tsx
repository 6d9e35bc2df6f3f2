// The clock of a dev server: what time it is there, and turning it, so that nothing needs waiting for.

import { Button, Field, Input, Text } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { dateTime } from "../graph/dates";
import { turn, useClock } from "../graph/dev";
import { Failure } from "../shell/Failure";
import css from "../shell/Form.module.css";
import { Section } from "../shell/Section";
import { texts } from "../texts";

const words = texts.dev;
const USUAL = ["PT15M", "PT1H", "P1D"] as const;

/** The duration from one instant to another, in whole seconds, which are not too few. */
function until(now: string, then: string): string {
  return `PT${Math.max(Math.ceil((Date.parse(then) - Date.parse(now)) / 1_000), 1)}S`;
}

export function ClockSection() {
  const queries = useQueryClient();
  const clock = useClock();
  const [duration, setDuration] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const advance = (by: string) => {
    turn(by).then(() => {
      setError(null);
      // Anything may have come due.
      void queries.invalidateQueries();
    }, setError);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (duration.trim()) advance(duration.trim());
  };
  return (
    <Section title={words.clock}>
      <form className={css.form} onSubmit={submit}>
        <Text role="status">{clock.data ? words.now(dateTime(clock.data.now)) : texts.grid.loading}</Text>
        {clock.data && (
          <div className={css.actions}>
            <Text>{clock.data.next === null ? words.nothingDue : words.due(dateTime(clock.data.next))}</Text>
            {clock.data.next !== null && (
              <Button size="small" onClick={() => clock.data?.next && advance(until(clock.data.now, clock.data.next))}>
                {words.turnToDue}
              </Button>
            )}
          </div>
        )}
        <div className={css.actions}>
          {USUAL.map((by) => (
            <Button key={by} onClick={() => advance(by)}>
              {words.turn[by]}
            </Button>
          ))}
        </div>
        <Field label={words.duration} hint={words.durationHint}>
          <Input value={duration} onChange={(_, { value }) => setDuration(value)} />
        </Field>
        <div>
          <Button type="submit">{words.turnBy}</Button>
        </div>
        {error && <Failure error={error} />}
      </form>
    </Section>
  );
}
