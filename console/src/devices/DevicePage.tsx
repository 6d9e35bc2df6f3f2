// One device: its facts, why it has its profile, when it was there, and what can be done about it.

import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { key } from "../graph/client";
import { MAY } from "../graph/caller";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { type Fact, Facts } from "../shell/Facts";
import { PageHeader } from "../shell/PageHeader";
import { Answer, Section, Sections } from "../shell/Section";
import { texts } from "../texts";
import { device as words } from "../texts/device";
import { ChangeDialog } from "./ChangeDialog";
import type { ChangeVerb } from "./change";
import { CheckInsSection } from "./CheckInsSection";
import { StatusBadge } from "./columns";
import { type Device, DEVICES } from "./device";
import { DeviceActions } from "./DeviceActions";
import css from "./DevicePage.module.css";
import { HashSection } from "./HashSection";
import { PasswordsSection } from "./PasswordsSection";
import { TimelineSection } from "./TimelineSection";
import { WhySection } from "./WhySection";

const route = getRouteApi("/devices/$id");
const VERBS: ChangeVerb[] = ["tag", "name", "user", "delete"];

interface NamedProfile {
  id: string;
  displayName: string | null;
}

interface WithProfiles extends Device {
  deploymentProfile: NamedProfile | null;
  intendedDeploymentProfile: NamedProfile | null;
}

export function DevicePage() {
  const { id } = route.useParams();
  const navigate = useNavigate();
  const [verb, setVerb] = useState<ChangeVerb | null>(null);
  const profile = "$select=id,displayName";
  const answer = useResource<WithProfiles>(`${DEVICES}/${key(id)}?$expand=deploymentProfile(${profile}),intendedDeploymentProfile(${profile})`);
  const device = answer.data;
  return (
    <>
      <PageHeader title={device?.serialNumber || words.title}>
        {VERBS.map((each) => (
          <AllowedButton key={each} may={MAY.changeDevices} disabled={!device} onClick={() => setVerb(each)}>
            {texts.change.verbs[each]}
          </AllowedButton>
        ))}
        <DeviceActions device={device} />
      </PageHeader>
      <Answer answer={answer}>
        {(device) => (
          <Sections>
            <Section title={words.facts}>
              <Facts facts={factsOf(device)} />
            </Section>
            <Section title={words.profile}>
              <Facts facts={profileFacts(device)} />
            </Section>
            <WhySection id={id} />
            <CheckInsSection device={device} />
            <PasswordsSection serialNumber={device.serialNumber} />
            <TimelineSection device={device} />
            <HashSection id={id} />
          </Sections>
        )}
      </Answer>
      {verb && device && (
        <ChangeDialog
          verb={verb}
          devices={{ ids: [id], count: 1 }}
          close={() => setVerb(null)}
          done={() => verb === "delete" && void navigate({ to: "/devices", search: {} })}
        />
      )}
    </>
  );
}

function factsOf(device: Device): Fact[] {
  const { columns } = texts.devices;
  return [
    [columns.serialNumber, device.serialNumber],
    [columns.displayName, device.displayName],
    [columns.groupTag, device.groupTag],
    [columns.userPrincipalName, device.userPrincipalName],
    [columns.manufacturer, device.manufacturer],
    [columns.model, device.model],
    [columns.systemFamily, device.systemFamily],
    [columns.skuNumber, device.skuNumber],
    [columns.purchaseOrderIdentifier, device.purchaseOrderIdentifier],
    [words.account, device.resourceName],
    [words.accountUpn, device.deviceAccountUpn],
    [words.productKey, device.productKey],
    [columns.enrollmentState, <StatusBadge key="state" member={device.enrollmentState} names={texts.devices.enrollments} />],
    [words.managedDeviceId, device.managedDeviceId],
    [words.directoryId, device.azureActiveDirectoryDeviceId],
    [columns.id, device.id],
  ];
}

function profileFacts(device: WithProfiles): Fact[] {
  return [
    [texts.devices.columns.deploymentProfileAssignmentStatus, <StatusBadge key="status" member={device.deploymentProfileAssignmentStatus} names={texts.devices.statuses} />],
    [words.detail, device.deploymentProfileAssignmentDetailedStatus === "none" ? null : device.deploymentProfileAssignmentDetailedStatus],
    [words.assigned, profileLink(device.deploymentProfile)],
    [words.intended, profileLink(device.intendedDeploymentProfile)],
    [words.assignedSince, dateTime(device.deploymentProfileAssignedDateTime)],
  ];
}

function profileLink(profile: NamedProfile | null) {
  return (
    profile && (
      <Link to="/profiles/$id" params={{ id: profile.id }} className={css.link}>
        {profile.displayName ?? profile.id}
      </Link>
    )
  );
}
