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

/** What would be found in a file, and whether the server would refuse it. */
export interface Examination {
  isRefused: boolean;
  findings: Finding[];
}

/** A version that was replaced. */
export interface FormerVersion {
  id: string;
  version: number;
  fileName: string;
  configurationFileContent: string;
  hardwareConfigurationFormat: string;
  perDevicePasswordDisabled: boolean;
  replacedDateTime: string;
}

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

/** What would be found in a file if it was uploaded. */
export function lint(configurationFileContent: string, hardwareConfigurationFormat: string, signal: AbortSignal): Promise<Examination> {
  return graph<Examination>(`${CONFIGURATIONS}/muster.lint`, { method: "POST", body: { configurationFileContent, hardwareConfigurationFormat }, signal });
}

/** Creates a configuration, or changes the one of an id. */
export function upload(id: string | null, body: Partial<Configuration>): Promise<Configuration> {
  return graph<Configuration>(id === null ? CONFIGURATIONS : pathOf(id), { method: id === null ? "POST" : "PATCH", body });
}
