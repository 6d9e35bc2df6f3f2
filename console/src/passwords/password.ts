// Records of BIOS passwords. What they hold is asked for only by `muster.reveal`, with a reason.

import { DEVICE_MANAGEMENT, graph, key, refuse, send } from "../graph/client";

export const PASSWORDS = `${DEVICE_MANAGEMENT}/hardwarePasswordInfo`;

export interface PasswordRecord {
  id: string;
  serialNumber: string | null;
}

export interface RevealRequest {
  id: string;
  serialNumber: string | null;
  requestedBy: string;
  reason: string | null;
  requestedDateTime: string;
  expiresDateTime: string;
}

export interface Passwords {
  currentPassword: string | null;
  previousPasswords: string[];
}

/** Shows the passwords of a record; null if somebody else has to approve first. The caller forgets them soon. */
export async function reveal(id: string, reason: string, ticket: string): Promise<Passwords | null> {
  const headers = { "Muster-Reason": reason, ...(ticket && { "Muster-Ticket": ticket }) };
  const response = await send(`${PASSWORDS}/${key(id)}/muster.reveal`, { method: "POST", headers });
  await refuse(response);
  return response.status === 202 ? null : ((await response.json()) as Passwords);
}

/** Sets a new password; the former one goes to the history. The answer shows none. */
export async function rotate(id: string, password: string): Promise<void> {
  await graph(`${PASSWORDS}/${key(id)}`, { method: "PATCH", body: { currentPassword: password }, headers: { Prefer: "return=minimal" } });
}

export async function approve(id: string): Promise<void> {
  await graph(`${PASSWORDS}/${key(id)}/muster.approve`, { method: "POST" });
}
