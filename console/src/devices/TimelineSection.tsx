// What the journal has of a device: what changed, when and by whom. The server looks at some of the journal at once; what is
// further back is asked for.

import { Button, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";

import { type Collection, graph, type GraphError, key, pathOf } from "../graph/client";
import { dateTime } from "../graph/dates";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { texts } from "../texts";
import { device as all } from "../texts/device";
import { type Device, DEVICES } from "./device";

interface TimelineEntry {
  dateTime: string;
  change: string;
  of: string;
  actorId: string;
  actorName: string | null;
  requestId: string;
}

const words = all.timeline;

/** The one who made a change, by name where it is known. */
function whoOf({ actorId, actorName }: TimelineEntry, device: Device): string {
  const isSelf = actorId === device.id || actorId === device.azureActiveDirectoryDeviceId;
  return isSelf ? words.self : (actorName ?? actorId);
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
  const rowOf = (entry: TimelineEntry, at: number) => ({
    key: String(at),
    cells: [dateTime(entry.dateTime), words.change(entry.change, words.things[entry.of] ?? entry.of), whoOf(entry, device), <code key="request">{entry.requestId}</code>],
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
