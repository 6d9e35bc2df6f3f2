// Groups of devices, as the directory has them, and whom a rule would select.

import { BETA, graph } from "../graph/client";

export const GROUPS = `${BETA}/groups`;

export interface Group {
  id: string;
  displayName: string | null;
  description: string | null;
  groupTypes: string[];
  membershipRule: string | null;
}

export interface Selection {
  count: number | null;
  displayNames: string[];
  mistake: string | null;
  position: number | null;
}

/** Whom a rule would select, or its mistake. */
export function select(membershipRule: string, signal: AbortSignal): Promise<Selection> {
  return graph<Selection>(`${GROUPS}/muster.select`, { method: "POST", body: { membershipRule }, signal });
}

/** A name that mail would go by: letters and digits alone. */
function nickname(displayName: string): string {
  return displayName.toLowerCase().replace(/[^a-z0-9]/g, "").slice(0, 60) || "group";
}

/** The body of a new group: with a rule, or with members that are added one by one. */
export function newGroup({ displayName, description, rule }: { displayName: string; description: string; rule: string }): unknown {
  const common = { displayName, description: description || null, mailEnabled: false, mailNickname: nickname(displayName), securityEnabled: true };
  return rule ? { ...common, groupTypes: ["DynamicMembership"], membershipRule: rule, membershipRuleProcessingState: "On" } : { ...common, groupTypes: [] };
}
