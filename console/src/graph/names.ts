// What people call that which an answer has an id of alone, asked for as any client can. The ids that a page shows at once make one
// request; an id that nobody may know or that is gone stays an id.

import { useQuery } from "@tanstack/react-query";

import { MAY, useMissing } from "./caller";
import { type Collection, DEVICE_MANAGEMENT, graph, literal } from "./client";

/** So many ids are asked for in one request. */
const IDS_MAX = 50;
/** The audit may have many events of one person. */
const EVENTS_MAX = 200;

interface Named {
  id: string;
  name: string | null;
}

interface Source {
  may: readonly string[];
  ask: (ids: string) => Promise<Named[]>;
}

async function ask<T>(path: string, query: Record<string, string>): Promise<T[]> {
  return (await graph<Collection<T>>(`${DEVICE_MANAGEMENT}/${path}?${new URLSearchParams(query)}`)).value;
}

const SOURCES = {
  passwords: {
    may: MAY.readPasswords,
    ask: async (ids) => {
      const records = await ask<{ id: string; serialNumber: string | null }>("hardwarePasswordDetails", { $filter: `id in (${ids})`, $select: "id,serialNumber" });
      return records.map(({ id, serialNumber }) => ({ id, name: serialNumber }));
    },
  },
  // There is no list of people: those who have done something to passwords are known by it.
  people: {
    may: MAY.readAudit,
    ask: async (ids) => {
      const $filter = `actor/userId in (${ids}) and actor/userPrincipalName ne null`;
      const events = await ask<{ actor: { userId: string; userPrincipalName: string } }>("auditEvents", { $filter, $select: "id,actor", $top: String(EVENTS_MAX) });
      return events.map(({ actor }) => ({ id: actor.userId, name: actor.userPrincipalName }));
    },
  },
} satisfies Record<string, Source>;

type Kind = keyof typeof SOURCES;

interface Waiting {
  id: string;
  tell: (name: string | null) => void;
}

const waiting: Record<Kind, Waiting[]> = { passwords: [], people: [] };

/** Asks for all that wait, once those that are shown together have come. */
function nameOf(kind: Kind, id: string): Promise<string | null> {
  if (waiting[kind].length === 0) setTimeout(() => void askAll(kind));
  return new Promise((tell) => waiting[kind].push({ id, tell }));
}

async function askAll(kind: Kind): Promise<void> {
  const all = waiting[kind].splice(0);
  while (all.length > 0) {
    const some = all.splice(0, IDS_MAX);
    const found = await SOURCES[kind].ask(some.map(({ id }) => literal(id)).join(",")).catch(() => []);
    const names = new Map(found.map(({ id, name }) => [id, name]));
    some.forEach(({ id, tell }) => tell(names.get(id) || null));
  }
}

/** What is called by this id; null while nobody knows. */
export function useName(kind: Kind, id: string | null): string | null {
  const missing = useMissing(SOURCES[kind].may);
  const { data } = useQuery({ queryKey: ["name", kind, id], queryFn: () => nameOf(kind, id ?? ""), enabled: id !== null && missing === null, staleTime: Infinity });
  return data ?? null;
}
