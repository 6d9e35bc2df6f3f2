// When a device was last there, what its agent reported, and what happened when it was set up.

import { Text } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { MAY, useMissing } from "../graph/caller";
import { type Collection, DEVICE_MANAGEMENT, key, literal } from "../graph/client";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { type Fact, Facts } from "../shell/Facts";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import { configurations } from "../texts/configurations";
import { device as all } from "../texts/device";
import { type Device, DEVICES } from "./device";
import css from "./DevicePage.module.css";

const words = all.checkIns;
const runStates = configurations.runs.states;
const EVENTS_SHOWN_MAX = 10;

interface Agent {
  enrolledDateTime: string | null;
  lastReportDateTime: string | null;
  firmwareDriver: string | null;
  isPasswordSet: boolean;
  isRebootPending: boolean;
  assignedConfigurationId: string | null;
  configurationState: string;
  machine: { firmwareVersion: string | null; osVersion: string | null } | null;
}

interface SetupEvent {
  id: string;
  eventDateTime: string;
  deploymentState: string;
  enrollmentState: string;
}

export function CheckInsSection({ device }: { device: Device }) {
  const agent = useResource<Agent>(`${DEVICES}/${key(device.id)}/musterAgent`);
  const query = new URLSearchParams({ $filter: `deviceId eq ${literal(device.id)}`, $orderby: "eventDateTime desc", $top: String(EVENTS_SHOWN_MAX) });
  const events = useResource<Collection<SetupEvent>>(`${DEVICE_MANAGEMENT}/autopilotEvents?${query}`);
  return (
    <Section title={words.title}>
      <Facts
        facts={[
          [texts.devices.columns.lastContactedDateTime, dateTime(device.lastContactedDateTime)],
          [texts.devices.columns.remediationState, texts.devices.remediations[device.remediationState] ?? device.remediationState],
        ]}
      />
      <Text as="h3" weight="semibold" className={css.subtitle ?? ""}>
        {words.agent}
      </Text>
      <Answer answer={agent}>{(agent) => (agent.enrolledDateTime ? <AgentFacts agent={agent} /> : <Text>{words.noAgent}</Text>)}</Answer>
      <Text as="h3" weight="semibold" className={css.subtitle ?? ""}>
        {words.events}
      </Text>
      <Answer answer={events}>
        {({ value }) =>
          value.length === 0 ? (
            <Text>{words.noEvents}</Text>
          ) : (
            <ul className={css.list}>
              {value.map(({ id, eventDateTime, enrollmentState }) => (
                <li key={id}>
                  {dateTime(eventDateTime)}: {texts.devices.enrollments[enrollmentState] ?? enrollmentState}
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Section>
  );
}

function AgentFacts({ agent }: { agent: Agent }) {
  const { assignedConfigurationId: id } = agent;
  const missing = useMissing(MAY.readConfigurations);
  const configuration = useResource<{ displayName: string }>(id && missing === null ? `${DEVICE_MANAGEMENT}/hardwareConfigurations/${key(id)}?$select=id,displayName` : null);
  const link = id && (
    <Link to="/configurations/$id" params={{ id }} search={{}} className={css.link ?? ""}>
      {configuration.data?.displayName ?? id}
    </Link>
  );
  return <Facts facts={agentFacts(agent, link)} />;
}

function agentFacts(agent: Agent, configuration: ReactNode): Fact[] {
  const yes = (value: boolean) => (value ? texts.yes : texts.no);
  return [
    [words.enrolled, dateTime(agent.enrolledDateTime)],
    [words.reported, dateTime(agent.lastReportDateTime)],
    [words.driver, agent.firmwareDriver],
    [words.firmware, agent.machine?.firmwareVersion],
    [words.osVersion, agent.machine?.osVersion],
    [words.passwordSet, yes(agent.isPasswordSet)],
    [words.rebootPending, yes(agent.isRebootPending)],
    [words.configuration, configuration],
    [words.configurationState, runStates[agent.configurationState] ?? agent.configurationState],
  ];
}
