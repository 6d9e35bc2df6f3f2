// One group: what it is called, whom its rule selects, and who is in it now.

import { Field, Input, Text } from "@fluentui/react-components";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { MAY } from "../graph/caller";
import { type Collection, graph, key } from "../graph/client";
import { useResource } from "../graph/resource";
import { PageHeader } from "../shell/PageHeader";
import { SavedForm } from "../shell/SavedForm";
import { Answer, Section, Sections } from "../shell/Section";
import { texts } from "../texts";
import { type Group, GROUPS, newGroup } from "./group";
import css from "./GroupPage.module.css";
import { RuleEditor } from "./RuleEditor";

const route = getRouteApi("/groups/$id");
const words = texts.groups;
const MEMBERS_SHOWN = 100;
const NEW: Group = { id: "new", displayName: null, description: null, groupTypes: ["DynamicMembership"], membershipRule: "" };

export function GroupPage() {
  const { id } = route.useParams();
  const isNew = id === "new";
  const answer = useResource<Group>(isNew ? null : `${GROUPS}/${key(id)}`);
  return (
    <>
      <PageHeader title={isNew ? words.new : (answer.data?.displayName ?? words.group)} />
      {isNew ? (
        <GroupForm key="new" group={NEW} />
      ) : (
        <Answer answer={answer}>
          {(group) => (
            <Sections>
              <GroupForm key={id} group={group} />
              <Members id={id} />
            </Sections>
          )}
        </Answer>
      )}
    </>
  );
}

function GroupForm({ group }: { group: Group }) {
  const navigate = useNavigate();
  const isNew = group.id === "new";
  const [displayName, setDisplayName] = useState(group.displayName ?? "");
  const [description, setDescription] = useState(group.description ?? "");
  const [rule, setRule] = useState(group.membershipRule ?? "");
  const isDynamic = isNew || group.membershipRule !== null;
  const path = `${GROUPS}/${key(group.id)}`;
  const save = async () => {
    const body = isNew ? newGroup({ displayName, description, rule: rule.trim() }) : { displayName, description: description || null, ...(isDynamic && { membershipRule: rule }) };
    const saved = await graph<Group>(isNew ? GROUPS : path, { method: isNew ? "POST" : "PATCH", body });
    if (isNew) await navigate({ to: "/groups/$id", params: { id: saved.id } });
  };
  const remove = async () => {
    await graph(path, { method: "DELETE" });
    await navigate({ to: "/groups" });
  };
  return (
    <Section title={words.properties}>
      <SavedForm may={MAY.changeGroups} isGood={displayName.trim() !== ""} save={save} remove={isNew ? undefined : { verb: words.delete, note: words.deleteNote, act: remove }}>
        <Field label={words.name} required>
          <Input value={displayName} onChange={(_, { value }) => setDisplayName(value)} />
        </Field>
        <Field label={words.description}>
          <Input value={description} onChange={(_, { value }) => setDescription(value)} />
        </Field>
        {isDynamic && <RuleEditor rule={rule} change={setRule} />}
      </SavedForm>
    </Section>
  );
}

function Members({ id }: { id: string }) {
  const query = new URLSearchParams({ $select: "id,displayName", $top: String(MEMBERS_SHOWN), $count: "true" });
  const answer = useResource<Collection<{ id: string; displayName: string | null }>>(`${GROUPS}/${key(id)}/members?${query}`);
  return (
    <Section title={words.members}>
      <Answer answer={answer}>
        {({ value, "@odata.count": count }) => (
          <>
            <Text>{words.count(count ?? value.length)}</Text>
            <ul className={css.names}>
              {value.map((member) => (
                <li key={member.id}>{member.displayName ?? member.id}</li>
              ))}
            </ul>
          </>
        )}
      </Answer>
    </Section>
  );
}
