// The timeline of a device, and which configuration a result in a timeline is of. The journal does not say; the results that there are now do, for what happened to
// each last, and for all of it where there is one result only.

import { MAY, useMissing } from "../graph/caller";
import { type Collection, DEVICE_MANAGEMENT, literal } from "../graph/client";
import { useResource } from "../graph/resource";

export const RESULTS = "deviceRunStates";

export interface TimelineEntry {
  dateTime: string;
  change: string;
  of: string;
  actorId: string;
  actorName: string | null;
  requestId: string;
}

export interface ReportedConfiguration {
  id: string;
  displayName: string;
  deviceRunStates: { lastStateUpdateDateTime: string }[];
}

/** The configurations that this device has reported of, each with its result. */
export function useReported(id: string, isNeeded: boolean): ReportedConfiguration[] {
  const missing = useMissing(MAY.readConfigurations);
  const query = new URLSearchParams({
    $filter: `deviceRunStates/any(state:state/id eq ${literal(id)})`,
    $select: "id,displayName",
    $expand: `deviceRunStates($filter=id eq ${literal(id)};$select=id,lastStateUpdateDateTime)`,
  });
  return useResource<Collection<ReportedConfiguration>>(isNeeded && missing === null ? `${DEVICE_MANAGEMENT}/hardwareConfigurations?${query}` : null).data?.value ?? [];
}

/** The configuration of each entry, as far as it can be told; the entries are the newest first. */
export function configurationsOf(entries: TimelineEntry[], reported: ReportedConfiguration[]): (ReportedConfiguration | null)[] {
  let only = reported.length === 1 ? (reported[0] ?? null) : null;
  return entries.map(({ of, change, dateTime }) => {
    if (of !== RESULTS) return null;
    if (change === "deleted") only = null;
    const exact = reported.find(({ deviceRunStates }) => deviceRunStates.some(({ lastStateUpdateDateTime }) => lastStateUpdateDateTime === dateTime));
    const found = exact ?? only;
    if (change === "created") only = null;
    return found;
  });
}
