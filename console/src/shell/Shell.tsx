// What surrounds every page: header, navigation, the panel of long work.

import { Button, useRestoreFocusTarget } from "@fluentui/react-components";
import { NavigationRegular, TasksAppRegular } from "@fluentui/react-icons";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

import { useClock } from "../graph/dev";
import { texts } from "../texts";
import { AccountMenu } from "./AccountMenu";
import { MissingPart } from "./MissingPart";
import { navigation } from "./navigation";
import { part } from "./part";
import css from "./Shell.module.css";
import { useWorks } from "./work";

const WorkPanel = lazy(() => part(() => import("./WorkPanel"), "WorkPanel"));

export function Shell() {
  const [isNavigationOpen, openNavigation] = useState(false);
  const [isWorkOpen, openWork] = useState(false);
  const [wasWorkOpen, setWasWorkOpen] = useState(false);
  const clock = useClock();
  const restored = useRestoreFocusTarget();
  const running = useWorks().filter((work) => work.state === "running").length;
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  useEffect(() => openNavigation(false), [path]);
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#content" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {texts.shell.skip}
      </a>
      <header className={css.header}>
        <Button
          className={css.burger}
          appearance="transparent"
          icon={<NavigationRegular />}
          aria-label={texts.shell.openNavigation}
          aria-expanded={isNavigationOpen}
          aria-controls="navigation"
          onClick={() => openNavigation(!isNavigationOpen)}
        />
        <span className={css.product}>{texts.product}</span>
        <Button {...restored} appearance="transparent" className={css.headerButton} icon={<TasksAppRegular />} onClick={() => (setWasWorkOpen(true), openWork(true))}>
          {texts.work.show(running)}
        </Button>
        <AccountMenu />
      </header>
      <nav id="navigation" className={css.navigation} data-open={isNavigationOpen} aria-label={texts.shell.navigation}>
        <ul>
          {navigation.filter(({ isDev }) => !isDev || clock.data).map(({ to, title, icon: Icon }) => (
            <li key={to}>
              <Link to={to} className={css.link} activeProps={{ "aria-current": "page" }}>
                <Icon />
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" ref={main} className={css.main} tabIndex={-1}>
        <MissingPart />
        <Outlet />
      </main>
      <Suspense>{wasWorkOpen && <WorkPanel isOpen={isWorkOpen} close={() => openWork(false)} />}</Suspense>
    </div>
  );
}
