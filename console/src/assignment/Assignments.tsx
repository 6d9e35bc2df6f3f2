// Whom a profile or a configuration is assigned to: groups, all devices, and groups that are left out.

import { Field, Select, Text } from "@fluentui/react-components";
import { useState } from "react";

import { useAct } from "../graph/act";
import { type Collection, graph, key } from "../graph/client";
import { groupName, useGroups } from "../graph/groups";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { GroupChoice } from "../shell/GroupChoice";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import css from "./Assignments.module.css";
import { type Assignment, kindOf, type TargetKind, targetOf } from "./target";

const words = texts.profiles;
const KINDS: TargetKind[] = ["groupAssignmentTarget", "exclusionGroupAssignmentTarget", "allDevicesAssignmentTarget"];

/** The assignments at a path, and the permissions of which one is enough to change them. */
export function Assignments({ path, may }: { path: string; may: readonly string[] }) {
  const assignments = useResource<Collection<Assignment>>(path);
  const [kind, setKind] = useState<TargetKind>("groupAssignmentTarget");
  const [groupId, setGroupId] = useState("");
  const groups = useGroups().data?.value;
  const { run, error } = useAct();
  const needsGroup = kind !== "allDevicesAssignmentTarget";
  return (
    <Section title={words.assignments}>
      <Answer answer={assignments}>
        {({ value }) => (
          <ul className={css.assignments}>
            {value.length === 0 && <li>{words.unassigned}</li>}
            {value.map((assignment) => {
              const target = words.targetOf(kindOf(assignment), groupName(groups, assignment.target.groupId));
              return (
                <li key={assignment.id}>
                  <Text>{target}</Text>
                  <AllowedButton size="small" may={may} aria-label={words.unassignOf(target)} onClick={() => void run(() => graph(`${path}/${key(assignment.id)}`, { method: "DELETE" }))}>
                    {words.unassign}
                  </AllowedButton>
                </li>
              );
            })}
          </ul>
        )}
      </Answer>
      {error && <Failure error={error} />}
      <div className={css.form}>
        <Field label={words.target}>
          <Select value={kind} onChange={(_, { value }) => setKind(value as TargetKind)}>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {words.targets[each]}
              </option>
            ))}
          </Select>
        </Field>
        {needsGroup && <GroupChoice label={words.group} choose={words.choose} none={words.noGroups} value={groupId} onChange={setGroupId} />}
        <div>
          <AllowedButton may={may} disabled={needsGroup && groupId === ""} onClick={() => (!needsGroup || groupId !== "") && void run(() => graph(path, { method: "POST", body: { target: targetOf(kind, groupId) } }))}>
            {words.assign}
          </AllowedButton>
        </div>
      </div>
    </Section>
  );
}
