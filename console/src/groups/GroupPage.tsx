// One group: what it is called, whom its rule selects, and who is in it now.

import { Field, Input, Text } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { MAY } from "../graph/caller";
import { type Collection, graph, key } from "../graph/client";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { Failure } from "../shell/Failure";
import { PageHeader } from "../shell/PageHeader";
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
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isNew = group.id === "new";
  const [displayName, setDisplayName] = useState(group.displayName ?? "");
  const [description, setDescription] = useState(group.description ?? "");
  const [rule, setRule] = useState(group.membershipRule ?? "");
  const [error, setError] = useState<Error | null>(null);
  const [isSaved, setIsSaved] = useState(false);
  const isDynamic = isNew || group.membershipRule !== null;
  const ended = () => {
    for (const name of ["rows", "count", "resource"]) void queries.invalidateQueries({ queryKey: [name] });
    setError(null);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (displayName.trim() === "") return;
    const body = isNew ? newGroup({ displayName, description, rule: rule.trim() }) : { displayName, description: description || null, ...(isDynamic && { membershipRule: rule }) };
    graph<Group>(isNew ? GROUPS : `${GROUPS}/${key(group.id)}`, { method: isNew ? "POST" : "PATCH", body }).then((saved) => {
      ended();
      setIsSaved(true);
      if (isNew) void navigate({ to: "/groups/$id", params: { id: saved.id } });
    }, setError);
  };
  const remove = () => {
    graph(`${GROUPS}/${key(group.id)}`, { method: "DELETE" }).then(() => {
      ended();
      void navigate({ to: "/groups" });
    }, setError);
  };
  return (
    <Section title={words.properties}>
      <form className={css.form} onSubmit={save} onChange={() => setIsSaved(false)}>
        <Field label={words.name} required>
          <Input value={displayName} onChange={(_, { value }) => setDisplayName(value)} />
        </Field>
        <Field label={words.description}>
          <Input value={description} onChange={(_, { value }) => setDescription(value)} />
        </Field>
        {isDynamic && <RuleEditor rule={rule} change={setRule} />}
        {error && <Failure error={error} />}
        {isSaved && <Text role="status">{texts.saved}</Text>}
        <div className={css.actions}>
          <AllowedButton type="submit" appearance="primary" may={MAY.changeGroups} disabled={displayName.trim() === ""}>
            {texts.save}
          </AllowedButton>
          {!isNew && (
            <AllowedButton appearance="subtle" may={MAY.changeGroups} onClick={remove}>
              {words.delete}
            </AllowedButton>
          )}
        </div>
      </form>
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
