// Events of the audit as the Graph API tells them, and which of them somebody wants to see.

import { DEVICE_MANAGEMENT, literal } from "../graph/client";
import type { Listing } from "../graph/rows";

export const EVENTS = `${DEVICE_MANAGEMENT}/auditEvents`;

export interface AuditEvent {
  id: string;
  activity: string | null;
  activityDateTime: string;
  activityType: string;
  activityResult: string;
  correlationId: string;
  actor: {
    userPrincipalName: string | null;
    userId: string | null;
    applicationId: string | null;
    applicationDisplayName: string | null;
    ipAddress: string | null;
  };
  resources: { resourceId: string | null; auditResourceType: string | null }[];
  musterReason: string | null;
  musterTicket: string | null;
}

/** Which events: all of them as far as nothing is said. Days are those of this machine's time zone. */
export interface AuditView {
  who?: string;
  activity?: string;
  resource?: string;
  from?: string;
  to?: string;
}

const SELECT = ["activity", "activityDateTime", "activityType", "activityResult", "correlationId", "actor", "resources", "musterReason", "musterTicket"];
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The instant at which a day begins here, so many days on. */
function instant(day: string, later: number): string[] {
  if (!DAY.test(day)) return [];
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + later);
  return Number.isNaN(date.getTime()) ? [] : [date.toISOString()];
}

export function filterOf({ who = "", activity = "", resource = "", from = "", to = "" }: AuditView): string {
  return [
    ...(who ? [`actor/${GUID.test(who) ? "userId" : "userPrincipalName"} eq ${literal(who)}`] : []),
    ...(activity ? [`activityType eq ${literal(activity)}`] : []),
    ...(resource ? [`resources/any(r:r/resourceId eq ${literal(resource)})`] : []),
    ...instant(from, 0).map((start) => `activityDateTime ge ${start}`),
    ...instant(to, 1).map((end) => `activityDateTime lt ${end}`),
  ].join(" and ");
}

export function listingOf(view: AuditView): Listing {
  return { path: EVENTS, options: { $filter: filterOf(view), $orderby: "activityDateTime desc" }, select: SELECT };
}

export function whoOf({ actor }: AuditEvent): string {
  return actor.userPrincipalName ?? actor.applicationDisplayName ?? actor.userId ?? "";
}
