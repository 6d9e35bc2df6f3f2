// Whom something is assigned to, as the Graph API tells it.

const TARGET = "#microsoft.graph.";
export type TargetKind = "groupAssignmentTarget" | "exclusionGroupAssignmentTarget" | "allDevicesAssignmentTarget";

export interface Assignment {
  id: string;
  target: { "@odata.type": string; groupId?: string };
}

export function targetOf(kind: TargetKind, groupId: string): Assignment["target"] {
  return { "@odata.type": TARGET + kind, ...(kind !== "allDevicesAssignmentTarget" && { groupId }) };
}

export function kindOf({ target }: Assignment): TargetKind {
  return target["@odata.type"].replace(TARGET, "") as TargetKind;
}
