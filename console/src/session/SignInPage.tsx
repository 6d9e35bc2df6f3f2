// The page to sign in: a button for each way, and at the dev issuer one for each user.

import { Button, Field, Input, MessageBar, MessageBarBody, MessageBarTitle, Text, Title2 } from "@fluentui/react-components";
import { type ReactNode, useState } from "react";

import { texts } from "../texts";
import { currentWay, signIn } from "./session";
import type { ConsoleSettings } from "./settings";
import css from "./SignInPage.module.css";

/** The dev issuer may know thousands of users: the others sign in at its own page. */
const USERS_SHOWN_MAX = 12;

export function SignInPage({ settings, error, notice }: { settings: ConsoleSettings; error: Error | null; notice: string | null }) {
  const [failure, setFailure] = useState(error);
  const leave = (way: Parameters<typeof signIn>[1]) => {
    signIn(settings, way).catch((reason: Error) => setFailure(reason));
  };
  const hasNone = settings.signIns.length === 0 && !settings.dev;
  return (
    <main className={css.page}>
      <Title2 as="h1">{texts.signIn.title}</Title2>
      {notice && <Note>{notice}</Note>}
      {failure && (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>
            <MessageBarTitle>{texts.signIn.failed}</MessageBarTitle>
            {failure.message}
          </MessageBarBody>
        </MessageBar>
      )}
      {hasNone && <Note>{texts.signIn.none}</Note>}
      {settings.signIns.map((way, issuer) => (
        <Button key={way.authority + way.clientId} size="large" appearance="primary" onClick={() => leave({ issuer })}>
          {texts.signIn.with(way.name)}
        </Button>
      ))}
      {settings.dev && <DevSignIn dev={settings.dev} leave={leave} />}
    </main>
  );
}

function DevSignIn({ dev, leave }: { dev: NonNullable<ConsoleSettings["dev"]>; leave: (way: Parameters<typeof signIn>[1]) => void }) {
  const [tenant, setTenant] = useState(currentWay()?.tenant ?? dev.tenant);
  return (
    <>
      <Text>{texts.signIn.devNote}</Text>
      {dev.users.slice(0, USERS_SHOWN_MAX).map(({ userPrincipalName, name }) => (
        <Button key={userPrincipalName} size="large" appearance="primary" onClick={() => leave({ issuer: "dev", tenant, user: userPrincipalName })}>
          {texts.signIn.as(name)}
        </Button>
      ))}
      {dev.users.length > USERS_SHOWN_MAX && (
        <Button size="large" onClick={() => leave({ issuer: "dev", tenant })}>
          {texts.signIn.with(dev.signIn.name)}
        </Button>
      )}
      <Field label={texts.signIn.tenant}>
        <Input value={tenant} onChange={(_, { value }) => setTenant(value.trim())} />
      </Field>
    </>
  );
}

function Note({ children }: { children: ReactNode }) {
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>{children}</MessageBarBody>
    </MessageBar>
  );
}
