// BIOS configurations as the Graph API tells them.

import { DEVICE_MANAGEMENT, graph, key } from "../graph/client";
import type { Tone } from "../shell/Bars";

export const CONFIGURATIONS = `${DEVICE_MANAGEMENT}/hardwareConfigurations`;
export const FILE_BYTES_MAX = 5_120;

export interface Configuration {
  id: string;
  displayName: string;
  description: string | null;
  fileName: string;
  configurationFileContent: string;
  hardwareConfigurationFormat: string;
  perDevicePasswordDisabled: boolean;
  version: number;
  lastModifiedDateTime: string;
}

export interface Finding {
  line: number;
  column: number;
  level: string;
  code: string;
  cause: string;
  remedy: string;
}

export type Uploaded = Configuration & { "@muster.findings"?: Finding[] };

export interface Ring {
  displayName: string | null;
  percent: number | null;
  groupId: string | null;
  minimumSuccesses: number;
}

export interface Rollout {
  currentRing: number;
  haltAfterFailures: number | null;
  haltAfterFailuresPercent: number | null;
  haltReason: string | null;
  isAtomic: boolean;
  isHalted: boolean;
  rings: Ring[];
}

export interface RunSummary {
  successfulDeviceCount: number;
  failedDeviceCount: number;
  errorDeviceCount: number;
  pendingDeviceCount: number;
  notApplicableDeviceCount: number;
  unknownDeviceCount: number;
  lastRunDateTime: string | null;
}

export const RUN_STATES = ["success", "fail", "scriptError", "pending", "notApplicable", "unknown"] as const;
export type RunState = (typeof RUN_STATES)[number];

export const COUNTED: Record<RunState, keyof RunSummary> = {
  success: "successfulDeviceCount",
  fail: "failedDeviceCount",
  scriptError: "errorDeviceCount",
  pending: "pendingDeviceCount",
  notApplicable: "notApplicableDeviceCount",
  unknown: "unknownDeviceCount",
};

export const TONES: Record<RunState, Tone> = { success: "good", fail: "bad", scriptError: "bad", pending: "waiting", notApplicable: "neutral", unknown: "neutral" };

export interface DeviceRun {
  id: string;
  deviceName: string | null;
  configurationState: RunState;
  configurationError: string | null;
  configurationOutput: string | null;
  internalVersion: number;
  upn: string | null;
  lastStateUpdateDateTime: string;
}

export function pathOf(id: string): string {
  return `${CONFIGURATIONS}/${key(id)}`;
}

/** Creates a configuration, or changes the one of an id. The answer has what was found in the file. */
export function upload(id: string | null, body: Partial<Configuration>): Promise<Uploaded> {
  return graph<Uploaded>(id === null ? CONFIGURATIONS : pathOf(id), { method: id === null ? "POST" : "PATCH", body });
}
