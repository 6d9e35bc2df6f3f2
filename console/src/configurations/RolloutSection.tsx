// The rings in which a configuration reaches its devices, and how far it is.

import { Badge, MessageBar, MessageBarBody, MessageBarTitle, Text } from "@fluentui/react-components";
import { useState } from "react";

import { MAY } from "../graph/caller";
import { graph } from "../graph/client";
import { groupName, useGroups } from "../graph/groups";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { configurations } from "../texts/configurations";
import { pathOf, type Ring, type Rollout } from "./configuration";
import css from "./Configurations.module.css";
import { RingsDialog } from "./RingsDialog";

const words = configurations.rollout;
const COLORS: Record<string, "success" | "brand" | "informative"> = { done: "success", current: "brand", waiting: "informative" };

type Asked = "edit" | "skip" | "resume";

export function RolloutSection({ id }: { id: string }) {
  const path = `${pathOf(id)}/rollout`;
  const rollout = useResource<Rollout>(path);
  const [asked, setAsked] = useState<Asked | null>(null);
  const act = (action: "skip" | "resume") => () => graph(`${path}/muster.${action}`, { method: "POST" });
  const close = () => setAsked(null);
  return (
    <Section title={words.title}>
      <Answer answer={rollout}>
        {(rollout) => (
          <div className={css.form}>
            {rollout.isHalted && (
              <MessageBar intent="warning" layout="multiline">
                <MessageBarBody>
                  <MessageBarTitle>{words.halted}</MessageBarTitle>
                  {rollout.haltReason}
                </MessageBarBody>
              </MessageBar>
            )}
            <Rings rollout={rollout} />
            <Text>{rollout.isAtomic ? words.atomic : words.notAtomic}</Text>
            <div className={css.row}>
              <AllowedButton may={MAY.changeConfigurations} onClick={() => setAsked("edit")}>
                {words.edit}
              </AllowedButton>
              {rollout.rings.length > 0 && rollout.currentRing <= rollout.rings.length && (
                <AllowedButton may={MAY.changeConfigurations} onClick={() => setAsked("skip")}>
                  {words.skip}
                </AllowedButton>
              )}
              {rollout.isHalted && (
                <AllowedButton appearance="primary" may={MAY.changeConfigurations} onClick={() => setAsked("resume")}>
                  {words.resume}
                </AllowedButton>
              )}
            </div>
            {asked === "edit" && <RingsDialog path={path} rollout={rollout} close={close} />}
          </div>
        )}
      </Answer>
      {asked === "skip" && <ConfirmDialog title={words.skip} note={words.skipNote} verb={words.skip} act={act("skip")} close={close} />}
      {asked === "resume" && <ConfirmDialog title={words.resume} note={words.resumeNote} verb={words.resume} act={act("resume")} close={close} />}
    </Section>
  );
}

function Rings({ rollout }: { rollout: Rollout }) {
  const groups = useGroups().data?.value;
  if (rollout.rings.length === 0) return <Text>{words.none}</Text>;
  const who = ({ groupId, percent }: Ring) => (groupId ? words.group(groupName(groups, groupId)) : words.percent(percent ?? 0));
  const state = (number: number) => (number < rollout.currentRing ? "done" : number === rollout.currentRing ? "current" : "waiting");
  const badge = (member: string) => (
    <Badge appearance="tint" color={COLORS[member] ?? "informative"}>
      {words.states[member]}
    </Badge>
  );
  const rows = rollout.rings.map((ring, at) => ({
    key: String(at),
    cells: [ring.displayName || words.form.ring(at + 1), who(ring), words.successes(ring.minimumSuccesses), badge(state(at + 1))],
  }));
  const last = rollout.rings.length + 1;
  rows.push({ key: "rest", cells: [words.rest, "", "", badge(rollout.currentRing >= last ? "done" : "waiting")] });
  return (
    <>
      <Table label={words.title} heads={[words.ring, words.who, words.well, words.state]} rows={rows} />
      <Text>{words.haltAfter(rollout.haltAfterFailures, rollout.haltAfterFailuresPercent)}</Text>
    </>
  );
}
