// A change of one device or of very many, by lines of `/_/bulk`: first as a rehearsal of some, then of all.

import { type Collection, graph, literal, pathOf, refuse, send } from "../graph/client";
import { errorOf } from "../graph/error";
import type { Listing } from "../graph/rows";
import type { Report } from "../shell/work";
import { DEVICES } from "./device";

export type ChangeVerb = "tag" | "name" | "user" | "delete";

/** The devices that are to be changed: these, or all of a listing but some. */
export interface Chosen {
  count: number;
  ids?: string[];
  listing?: Listing;
  except?: ReadonlySet<string>;
}

interface Named {
  id: string;
  serialNumber: string | null;
}

/** What stands for the serial number in a name for many. */
export const SERIAL = "%SERIAL%";
/** The devices of a rehearsal: enough to see what would happen. */
export const REHEARSED_MAX = 500;
/** The lines of a request, and the ids of a filter. */
const LINES_MAX = 500;
const IDS_MAX = 100;

const PROPERTY: Record<Exclude<ChangeVerb, "delete">, string> = { tag: "groupTag", name: "displayName", user: "userPrincipalName" };

interface LineAnswer {
  line: number;
  status: number;
  id?: string;
  changes?: Record<string, { from: string | null; to: string | null }> & { deleted?: boolean };
  error?: unknown;
}

function lineOf(verb: ChangeVerb, value: string, { id, serialNumber }: Named): string {
  if (verb === "delete") return JSON.stringify({ verb, id });
  const text = verb === "name" ? value.replaceAll(SERIAL, serialNumber ?? "") : value;
  return JSON.stringify({ verb, id, [PROPERTY[verb]]: text === "" ? null : text });
}

/** The chosen devices, some at a time. */
async function* devicesOf({ ids, listing, except }: Chosen, needsSerial: boolean, signal: AbortSignal): AsyncGenerator<Named[]> {
  for (let at = 0; ids && at < ids.length; ) {
    const some = ids.slice(at, at + (needsSerial ? IDS_MAX : LINES_MAX));
    at += some.length;
    if (!needsSerial) {
      yield some.map((id) => ({ id, serialNumber: null }));
      continue;
    }
    const query = new URLSearchParams({ $filter: `id in (${some.map(literal).join(",")})`, $select: "id,serialNumber", $top: String(IDS_MAX) });
    yield (await graph<Collection<Named>>(`${DEVICES}?${query}`, { signal })).value;
  }
  if (!listing) return;
  const { $filter = "", $search = "" } = listing.options;
  // In the order of ids, which no change changes.
  const query = new URLSearchParams({ $select: "id,serialNumber", $top: String(LINES_MAX), ...($filter && { $filter }), ...($search && { $search }) });
  for (let next: string | null = `${listing.path}?${query}`; next; ) {
    const page: Collection<Named> = await graph<Collection<Named>>(next, { signal });
    yield page.value.filter(({ id }) => !except?.has(id));
    next = page["@odata.nextLink"] ? pathOf(page["@odata.nextLink"]) : null;
  }
}

async function answersOf(lines: string[], isRehearsal: boolean, signal: AbortSignal): Promise<LineAnswer[]> {
  const response = await send(`/_/bulk${isRehearsal ? "?dryRun=true" : ""}`, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson" },
    body: lines.join("\n"),
    signal,
  });
  await refuse(response);
  const text = await response.text();
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as LineAnswer);
}

function messageOf(answer: LineAnswer): string {
  return errorOf(answer.status, answer, new Headers()).message;
}

export interface Preview {
  looked: number;
  changing: number;
  same: number;
  samples: { id: string; from: string | null; to: string | null }[];
  /** How many are refused for which reason. */
  refused: Map<string, number>;
}

const SAMPLES_MAX = 50;

/** What a change would do to the first of the chosen devices. */
export async function rehearse(verb: ChangeVerb, value: string, chosen: Chosen, signal: AbortSignal): Promise<Preview> {
  const preview: Preview = { looked: 0, changing: 0, same: 0, samples: [], refused: new Map() };
  for await (const some of devicesOf(chosen, value.includes(SERIAL), signal)) {
    const devices = some.slice(0, REHEARSED_MAX - preview.looked);
    for (const answer of await answersOf(devices.map((device) => lineOf(verb, value, device)), true, signal)) {
      preview.looked += 1;
      if (answer.status >= 300) {
        const message = messageOf(answer);
        preview.refused.set(message, (preview.refused.get(message) ?? 0) + 1);
        continue;
      }
      const change = Object.values(answer.changes ?? {})[0];
      if (change === undefined) preview.same += 1;
      else preview.changing += 1;
      if (typeof change === "object" && preview.samples.length < SAMPLES_MAX) preview.samples.push({ id: answer.id ?? "", ...change });
    }
    if (preview.looked >= REHEARSED_MAX) break;
  }
  return preview;
}

/** Changes the chosen devices, reporting how far it is. */
export async function carryOut(verb: ChangeVerb, value: string, chosen: Chosen, report: Report, signal: AbortSignal): Promise<void> {
  let done = 0;
  let failed = 0;
  for await (const devices of devicesOf(chosen, value.includes(SERIAL), signal)) {
    if (devices.length === 0) continue;
    const answers = await answersOf(devices.map((device) => lineOf(verb, value, device)), false, signal);
    const refused = answers.filter(({ status }) => status >= 300);
    done += devices.length;
    failed += refused.length;
    report({ done, failed, ...(refused[0] ? { detail: messageOf(refused[0]) } : {}) });
  }
}
