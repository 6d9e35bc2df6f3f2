// Whom a profile is assigned to: groups, all devices, and groups that are left out.

import { Button, Field, Select, Text } from "@fluentui/react-components";
import { useState } from "react";

import { MAY } from "../graph/caller";
import { BETA, type Collection, graph, key } from "../graph/client";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import { type Assignment, kindOf, PROFILES, type TargetKind, targetOf } from "./profile";
import css from "./ProfilePage.module.css";

const words = texts.profiles;
const KINDS: TargetKind[] = ["groupAssignmentTarget", "exclusionGroupAssignmentTarget", "allDevicesAssignmentTarget"];
const GROUPS = `${BETA}/groups?${new URLSearchParams({ $select: "id,displayName", $orderby: "displayName", $top: "999" })}`;

interface NamedGroup {
  id: string;
  displayName: string | null;
}

export function Assignments({ profileId }: { profileId: string }) {
  const path = `${PROFILES}/${key(profileId)}/assignments`;
  const assignments = useResource<Collection<Assignment>>(path);
  const groups = useResource<Collection<NamedGroup>>(GROUPS);
  const [kind, setKind] = useState<TargetKind>("groupAssignmentTarget");
  const [groupId, setGroupId] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const change = (request: Promise<unknown>) => {
    request.then(() => (setError(null), void assignments.refetch()), setError);
  };
  const nameOf = (id: string | undefined) => groups.data?.value.find((group) => group.id === id)?.displayName ?? id ?? "";
  const needsGroup = kind !== "allDevicesAssignmentTarget";
  return (
    <Section title={words.assignments}>
      <Answer answer={assignments}>
        {({ value }) => (
          <ul className={css.assignments}>
            {value.length === 0 && <li>{words.unassigned}</li>}
            {value.map((assignment) => {
              const target = words.targetOf(kindOf(assignment), nameOf(assignment.target.groupId));
              return (
                <li key={assignment.id}>
                  <Text>{target}</Text>
                  <AllowedButton size="small" may={MAY.changeDevices} aria-label={words.unassignOf(target)} onClick={() => change(graph(`${path}/${key(assignment.id)}`, { method: "DELETE" }))}>
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
        {needsGroup && (
          <Field label={words.group} {...(groups.data?.value.length === 0 && { hint: words.noGroups })}>
            <Select value={groupId} onChange={(_, { value }) => setGroupId(value)}>
              <option value="">{words.choose}</option>
              {groups.data?.value.map((group) => (
                <option key={group.id} value={group.id}>
                  {group.displayName ?? group.id}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <div>
          <Button disabledFocusable={needsGroup && groupId === ""} onClick={() => (!needsGroup || groupId !== "") && change(graph(path, { method: "POST", body: { target: targetOf(kind, groupId) } }))}>
            {words.assign}
          </Button>
        </div>
      </div>
    </Section>
  );
}
