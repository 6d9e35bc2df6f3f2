// Records of BIOS passwords. A list or a record is read by names that are no secret; what is secret is asked for by
// `muster.reveal` alone, with a reason, and is never in a cache.

import { useQuery } from "@tanstack/react-query";

import { DEVICE_MANAGEMENT, graph, GraphError, key, refuse, send } from "../graph/client";

export const PASSWORDS = `${DEVICE_MANAGEMENT}/hardwarePasswordDetails`;
const METADATA = ["currentPasswordDateTime", "previousPasswordCount", "passwordState"] as const;
const BAD_REQUEST = 400;

export interface PasswordRecord {
  id: string;
  serialNumber: string | null;
  currentPasswordDateTime?: string | null;
  previousPasswordCount?: number | null;
  passwordState?: string;
}

export interface DeletedRecord {
  id: string;
  serialNumber: string | null;
  deletedDateTime: string;
  restorableUntilDateTime: string;
}

export interface Passwords {
  currentPassword: string | null;
  previousPasswords: string[];
  stagedPassword?: string | null;
}

/** Why somebody looks. */
export interface Why {
  reason: string;
  ticket: string;
}

export function nameOf({ id, serialNumber }: { id: string; serialNumber: string | null }): string {
  return serialNumber || id;
}

/** What the server tells of passwords beside themselves: nothing, unless it shows them on request only. */
export function useMetadata(): readonly (keyof PasswordRecord)[] | undefined {
  const read = async () => {
    try {
      await graph(`${PASSWORDS}?$select=id,${METADATA.join(",")}&$top=1`);
      return METADATA;
    } catch (error) {
      if (error instanceof GraphError && error.status === BAD_REQUEST) return [];
      throw error;
    }
  };
  return useQuery({ queryKey: ["password metadata"], queryFn: read, staleTime: Infinity }).data;
}

/** The path of a record as it is shown without its passwords. */
export function pathOfRecord(id: string, metadata: readonly string[]): string {
  return `${PASSWORDS}/${key(id)}?$select=${["id", "serialNumber", ...metadata].join(",")}`;
}

/** The passwords; or until when somebody else may approve of showing them. */
export async function reveal(id: string, { reason, ticket }: Why): Promise<Passwords | { expiresDateTime: string }> {
  const headers = { Accept: "application/json;odata.metadata=none", "Muster-Reason": reason, ...(ticket && { "Muster-Ticket": ticket }) };
  const response = await send(`${PASSWORDS}/${key(id)}/muster.reveal`, { method: "POST", headers });
  await refuse(response);
  return (await response.json()) as Passwords | { expiresDateTime: string };
}

function act(id: string, action: string, body?: unknown): Promise<void> {
  return graph(`${PASSWORDS}/${key(id)}/muster.${action}`, { method: "POST", body });
}

export const approve = (id: string) => act(id, "approve");
export const rotate = (id: string) => act(id, "rotate");
export const markCanary = (id: string, enabled: boolean) => act(id, "canary", { enabled });
export const remove = (id: string) => graph(`${PASSWORDS}/${key(id)}`, { method: "DELETE" });
export const restore = (id: string) => graph(`${PASSWORDS}/muster.restore`, { method: "POST", body: { id } });

/** Sets a new password; the former one goes to the history. The answer shows none. */
export function setPassword(id: string, currentPassword: string): Promise<void> {
  return graph(`${PASSWORDS}/${key(id)}`, { method: "PATCH", body: { currentPassword }, headers: { Prefer: "return=minimal" } });
}

/** Rotates the passwords of all records that a filter selects, and says of how many. */
export async function rotateAll(filter: string): Promise<number> {
  return (await graph<{ count: number }>(`${PASSWORDS}/muster.rotate`, { method: "POST", body: { filter } })).count;
}
