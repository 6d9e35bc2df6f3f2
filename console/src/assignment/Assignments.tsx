// Whom a profile or a configuration is assigned to: groups, all devices, and groups that are left out.

import { Field, Select, Text } from "@fluentui/react-components";
import { useState } from "react";

import { BETA, type Collection, graph, key } from "../graph/client";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import css from "./Assignments.module.css";
import { type Assignment, kindOf, type TargetKind, targetOf } from "./target";

const words = texts.profiles;
const KINDS: TargetKind[] = ["groupAssignmentTarget", "exclusionGroupAssignmentTarget", "allDevicesAssignmentTarget"];
const GROUPS = `${BETA}/groups?${new URLSearchParams({ $select: "id,displayName", $orderby: "displayName", $top: "999" })}`;

interface NamedGroup {
  id: string;
  displayName: string | null;
}

/** The assignments at a path, and the permissions of which one is enough to change them. */
export function Assignments({ path, may }: { path: string; may: readonly string[] }) {
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
                  <AllowedButton size="small" may={may} aria-label={words.unassignOf(target)} onClick={() => change(graph(`${path}/${key(assignment.id)}`, { method: "DELETE" }))}>
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
          <AllowedButton may={may} disabled={needsGroup && groupId === ""} onClick={() => (!needsGroup || groupId !== "") && change(graph(path, { method: "POST", body: { target: targetOf(kind, groupId) } }))}>
            {words.assign}
          </AllowedButton>
        </div>
      </div>
    </Section>
  );
}
