// The tenants that there are on a dev server, and the way into each.

import { Button, Text } from "@fluentui/react-components";

import { useCaller } from "../graph/caller";
import { useResource } from "../graph/resource";
import { currentWay, signIn } from "../session/session";
import { readSettings } from "../session/settings";
import { Answer, Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { dev } from "../texts/dev";
import css from "./DevPage.module.css";

interface Tenant {
  id: string;
  displayName: string | null;
  state: string | null;
  entities: number;
  /** How many devices: what the server counts by itself. */
  counted: number;
}

const words = dev.tenants;

async function enter(tenant: string): Promise<void> {
  const settings = await readSettings();
  const user = currentWay()?.user ?? settings.dev?.users[0]?.userPrincipalName;
  await signIn(settings, { issuer: "dev", tenant, ...(user && { user }) });
}

export function TenantsSection({ choose }: { choose: (tenant: string) => void }) {
  const own = useCaller()?.tenant;
  const answer = useResource<{ value: Tenant[]; leftOut: number }>("/_/tenants");
  const rowOf = ({ id, displayName, state, counted, entities }: Tenant) => ({
    key: id,
    cells: [
      displayName ? `${displayName} (${id})` : id,
      words.states[state ?? ""] ?? words.notServed,
      counted.toLocaleString("en"),
      entities.toLocaleString("en"),
      <div key="actions" className={css.row}>
        {id === own ? (
          <Text>{words.here}</Text>
        ) : (
          <Button size="small" aria-label={words.signInTo(id)} onClick={() => void enter(id)}>
            {words.signIn}
          </Button>
        )}
        <Button size="small" aria-label={words.tokenFor(id)} onClick={() => choose(id)}>
          {words.token}
        </Button>
      </div>,
    ],
  });
  return (
    <Section title={words.title} isWide>
      <Answer answer={answer}>
        {({ value, leftOut }) => (
          <>
            <Table label={words.title} heads={[words.tenant, words.state, words.devices, words.entities, words.actions]} rows={value.map(rowOf)} />
            {leftOut > 0 && <Text>{words.leftOut(leftOut)}</Text>}
          </>
        )}
      </Answer>
    </Section>
  );
}
