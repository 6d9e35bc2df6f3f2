// What the journal has of a device: what changed, when and by whom. The server looks at some of the journal at once; what is
// further back is asked for.

import { Button, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { type Collection, graph, type GraphError, key, pathOf } from "../graph/client";
import { dateTime } from "../graph/dates";
import { useName } from "../graph/names";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { texts } from "../texts";
import { device as all } from "../texts/device";
import { type Device, DEVICES } from "./device";
import css from "./DevicePage.module.css";
import { configurationsOf, type ReportedConfiguration, RESULTS, type TimelineEntry, useReported } from "./timeline";

const words = all.timeline;

/** The one who made a change, by name where it is known. */
function Who({ entry: { actorId, actorName }, device }: { entry: TimelineEntry; device: Device }) {
  const isSelf = actorId === device.id || actorId === device.azureActiveDirectoryDeviceId;
  const name = useName("people", isSelf || actorName !== null ? null : actorId);
  return isSelf ? words.self : (actorName ?? name ?? actorId);
}

function What({ entry: { change, of }, configuration }: { entry: TimelineEntry; configuration: ReportedConfiguration | null }) {
  const what = words.change(change, words.things[of] ?? of);
  if (!configuration) return what;
  return (
    <>
      {what}:{" "}
      <Link to="/configurations/$id" params={{ id: configuration.id }} search={{}} className={css.link ?? ""}>
        {configuration.displayName}
      </Link>
    </>
  );
}

export function TimelineSection({ device }: { device: Device }) {
  const path = `${DEVICES}/${key(device.id)}/muster.timeline()`;
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery<Collection<TimelineEntry>, GraphError, TimelineEntry[], string[], string>({
    queryKey: ["resource", path],
    queryFn: ({ pageParam, signal }) => graph<Collection<TimelineEntry>>(pageParam, { signal }),
    initialPageParam: path,
    getNextPageParam: (page) => (page["@odata.nextLink"] ? pathOf(page["@odata.nextLink"]) : undefined),
    select: ({ pages }) => pages.flatMap(({ value }) => value),
  });
  const reported = useReported(device.id, data?.some(({ of }) => of === RESULTS) ?? false);
  const configurations = configurationsOf(data ?? [], reported);
  const rowOf = (entry: TimelineEntry, at: number) => ({
    key: String(at),
    cells: [dateTime(entry.dateTime), <What key="what" entry={entry} configuration={configurations[at] ?? null} />, <Who key="who" entry={entry} device={device} />, <code key="request">{entry.requestId}</code>],
  });
  return (
    <Section title={words.title} isWide>
      <Answer answer={{ data, error, refetch }}>
        {(entries) =>
          entries.length === 0 ? <Text as="p">{hasNextPage ? words.noneSoFar : words.none}</Text> : <Table label={words.title} heads={[words.when, words.what, words.who, texts.error.requestId]} rows={entries.map(rowOf)} />
        }
      </Answer>
      {hasNextPage && (
        <Button disabledFocusable={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {words.earlier}
        </Button>
      )}
    </Section>
  );
}
