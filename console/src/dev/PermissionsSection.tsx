// What each application in the tenant has used, and what it need not have been granted.

import { Text } from "@fluentui/react-components";

import type { Collection } from "../graph/client";
import { useResource } from "../graph/resource";
import { Answer, Section } from "../shell/Section";
import { texts } from "../texts";
import css from "./DevPage.module.css";

interface Used {
  application: string;
  kind: string;
  least: string[];
  unneeded: string[];
}

const words = texts.dev;

export function PermissionsSection() {
  const answer = useResource<Collection<Used>>("/_/permissions-used");
  return (
    <Section title={words.used} isWide>
      <Answer answer={answer}>
        {({ value }) => (
          <div className={css.table} role="group" aria-label={words.used} tabIndex={0}>
            {value.length === 0 && <Text>{words.nothingUsed}</Text>}
            {value.map(({ application, kind, least, unneeded }) => (
              <dl key={application + kind} className={css.application}>
                <dt>{words.application(application, kind)}</dt>
                <dd>
                  {words.least}: {least.join(", ") || texts.none}
                </dd>
                <dd>
                  {words.unneeded}: {unneeded.length > 0 ? words.permissionCount(unneeded.length) : texts.none}
                </dd>
              </dl>
            ))}
          </div>
        )}
      </Answer>
    </Section>
  );
}
