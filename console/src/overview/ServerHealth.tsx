// Whether the server can do its work, and in dev mode what it puts off.

import { Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";

import { graph, GraphError } from "../graph/client";
import { dateTime } from "../graph/dates";
import { Facts } from "../shell/Facts";
import { Section } from "../shell/Section";
import { texts } from "../texts";

const words = texts.overview;
const LOOK_MILLISECONDS = 5_000;

interface Backlog {
  unitsWaiting: number;
  logPages: number;
  jobsDue: number;
  oldestJob: string | null;
}

/** What is put off; null outside of dev mode, where nobody is told. */
async function backlog(signal: AbortSignal): Promise<Backlog | null> {
  try {
    return await graph<Backlog>("/_/backlog", { signal });
  } catch (error) {
    if (error instanceof GraphError && error.status === 404) return null;
    throw error;
  }
}

export function ServerHealth() {
  const ready = useQuery({ queryKey: ["ready"], queryFn: async ({ signal }) => (await fetch("/readyz", { signal, cache: "no-store" })).ok, refetchInterval: LOOK_MILLISECONDS });
  const waiting = useQuery({ queryKey: ["backlog"], queryFn: ({ signal }) => backlog(signal), refetchInterval: LOOK_MILLISECONDS });
  return (
    <Section title={words.server}>
      <Text as="p">{ready.data === undefined ? texts.grid.loading : ready.data ? words.ready : words.notReady}</Text>
      {waiting.data && (
        <Facts
          facts={[
            [words.units, waiting.data.unitsWaiting],
            [words.logPages, waiting.data.logPages],
            [words.jobs, waiting.data.jobsDue],
            [words.oldestJob, waiting.data.oldestJob ? dateTime(waiting.data.oldestJob) : null],
          ]}
        />
      )}
    </Section>
  );
}
