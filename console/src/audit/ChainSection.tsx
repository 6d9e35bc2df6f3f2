// How far the chain goes, how it is proven, and in dev mode what its sink lacks.

import { Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";

import { type Collection, graph, GraphError } from "../graph/client";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { type Fact, Facts } from "../shell/Facts";
import { Answer, Section } from "../shell/Section";
import { audit } from "../texts/audit";
import css from "./Audit.module.css";
import { type AuditEvent, EVENTS } from "./event";
import { Verification } from "./Verification";

type End = Collection<Pick<AuditEvent, "id" | "activityDateTime">>;

interface Sink {
  sink: string;
  records: number;
  oldest: string | null;
  failure: string | null;
}

const words = audit.chain;
const END = "$select=id,activityDateTime&$top=1";

/** What the sink lacks; null where there is none, and outside of dev mode, where nobody is told. */
async function sinkOf(signal: AbortSignal): Promise<Sink | null> {
  try {
    return (await graph<{ audit: Sink | null }>("/_/backlog", { signal })).audit;
  } catch (error) {
    if (error instanceof GraphError && error.status === 404) return null;
    throw error;
  }
}

export function ChainSection() {
  const first = useResource<End>(`${EVENTS}?${END}`);
  const last = useResource<End>(`${EVENTS}?${END}&$orderby=activityDateTime%20desc&$count=true`);
  const sink = useQuery({ queryKey: ["audit sink"], queryFn: ({ signal }) => sinkOf(signal) });
  return (
    <Section title={words.title}>
      <Text as="p" className={css.note ?? ""}>
        {words.note}
      </Text>
      <Verification />
      <Text as="p" className={css.note ?? ""}>
        {words.elsewhere}
      </Text>
      <pre className={css.commands} tabIndex={0} role="region" aria-label={words.proof}>
        {words.commands.join("\n")}
      </pre>
      <Answer answer={last}>
        {(last) => (
          <Facts
            facts={[
              [words.events, last["@odata.count"]?.toLocaleString("en")],
              [words.first, dateTime(first.data?.value[0]?.activityDateTime)],
              [words.last, dateTime(last.value[0]?.activityDateTime)],
              ...(sink.data ? sinkFacts(sink.data) : []),
            ]}
          />
        )}
      </Answer>
    </Section>
  );
}

function sinkFacts({ sink, records, oldest, failure }: Sink): Fact[] {
  return [
    [words.sink, sink],
    [words.waiting, records.toLocaleString("en")],
    ...(oldest ? ([[words.oldest, dateTime(oldest)]] as Fact[]) : []),
    ...(failure ? ([[words.failure, failure]] as Fact[]) : []),
  ];
}
