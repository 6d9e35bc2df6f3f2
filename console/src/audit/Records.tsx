// The records of passwords that an event is about, by their serial numbers where there are records still.

import { useName } from "../graph/names";
import { audit as words } from "../texts/audit";
import type { AuditEvent } from "./event";

export function RecordName({ id }: { id: string }) {
  const name = useName("passwords", id);
  return name ? words.record(name, id) : id;
}

export function Records({ resources }: Pick<AuditEvent, "resources">) {
  const id = resources[0]?.resourceId ?? null;
  const name = useName("passwords", id);
  return words.records(name ?? id ?? "", resources.length - 1);
}
