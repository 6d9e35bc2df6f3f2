// The columns that the devices can have, and those that they have if a URL does not say.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { dateTime } from "../graph/dates";
import type { Column } from "../grid/column";
import { texts } from "../texts";
import type { Device } from "./device";
import css from "./DevicesPage.module.css";

export const COLUMNS_DEFAULT = ["serialNumber", "displayName", "groupTag", "userPrincipalName", "model", "deploymentProfileAssignmentStatus", "enrollmentState", "lastContactedDateTime"];

const titles = texts.devices.columns;

const TONES: Record<string, string> = { assignedInSync: "good", enrolled: "good", failed: "bad", blocked: "bad", pending: "busy" };

/** A member of an enumeration in words, in a colour that says the same. */
export function StatusBadge({ member, names }: { member: string; names: Record<string, string> }) {
  return (
    <span className={css.badge} data-tone={TONES[member] ?? "plain"}>
      {names[member] ?? member}
    </span>
  );
}

const plain = (name: keyof typeof titles & keyof Device, width: number): Column<Device> => ({
  name,
  title: titles[name],
  width,
  cell: (device): ReactNode => device[name],
});

const serialNumber: Column<Device> = {
  name: "serialNumber",
  title: titles.serialNumber,
  width: 120,
  cell: (device) => (
    <Link to="/devices/$id" params={{ id: device.id }} className={css.link ?? ""} tabIndex={-1}>
      {device.serialNumber || device.id}
    </Link>
  ),
};

export const COLUMNS: Column<Device>[] = [
  serialNumber,
  plain("displayName", 110),
  plain("groupTag", 100),
  plain("userPrincipalName", 120),
  plain("manufacturer", 130),
  plain("model", 120),
  {
    name: "deploymentProfileAssignmentStatus",
    title: titles.deploymentProfileAssignmentStatus,
    width: 135,
    cell: (device) => <StatusBadge member={device.deploymentProfileAssignmentStatus} names={texts.devices.statuses} />,
  },
  {
    name: "enrollmentState",
    title: titles.enrollmentState,
    width: 130,
    cell: (device) => <StatusBadge member={device.enrollmentState} names={texts.devices.enrollments} />,
  },
  {
    name: "lastContactedDateTime",
    title: titles.lastContactedDateTime,
    width: 140,
    cell: (device) => dateTime(device.lastContactedDateTime),
  },
  plain("purchaseOrderIdentifier", 150),
  plain("systemFamily", 140),
  plain("skuNumber", 120),
  {
    name: "remediationState",
    title: titles.remediationState,
    width: 170,
    cell: (device) => texts.devices.remediations[device.remediationState] ?? device.remediationState,
  },
  plain("id", 290),
];
