// A device as the Graph API tells it: `windowsAutopilotDeviceIdentity`, as far as the console shows it.

import { DEVICE_MANAGEMENT } from "../graph/client";

export const DEVICES = `${DEVICE_MANAGEMENT}/windowsAutopilotDeviceIdentities`;

export interface Device {
  id: string;
  serialNumber: string | null;
  displayName: string | null;
  groupTag: string | null;
  userPrincipalName: string | null;
  addressableUserName: string | null;
  resourceName: string | null;
  deviceAccountUpn: string | null;
  manufacturer: string | null;
  model: string | null;
  productKey: string | null;
  systemFamily: string | null;
  skuNumber: string | null;
  purchaseOrderIdentifier: string | null;
  deploymentProfileAssignmentStatus: string;
  deploymentProfileAssignmentDetailedStatus: string;
  deploymentProfileAssignedDateTime: string;
  enrollmentState: string;
  lastContactedDateTime: string;
  remediationState: string;
  managedDeviceId: string | null;
  azureActiveDirectoryDeviceId: string | null;
}
