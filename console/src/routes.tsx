// Which path shows which page. Each page is loaded when it is first shown.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { readView } from "./devices/view";
import { Empty } from "./shell/Empty";
import { Failure } from "./shell/Failure";
import { PageHeader } from "./shell/PageHeader";
import { part } from "./shell/part";
import { Shell } from "./shell/Shell";
import { readTexts } from "./shell/view";
import { texts } from "./texts";

const page = <Module, Name extends keyof Module>(load: () => Promise<Module>, name: Name) => lazyRouteComponent(() => part(load, name, () => <PageHeader title={texts.shell.missingPage} />));

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Empty title={texts.shell.notFound} next={texts.shell.notFoundNext} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/overview", replace: true });
  },
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/overview",
  component: page(() => import("./overview/OverviewPage"), "OverviewPage"),
});

const devices = createRoute({
  getParentRoute: () => root,
  path: "/devices",
  validateSearch: readView,
  component: page(() => import("./devices/DevicesPage"), "DevicesPage"),
});

const device = createRoute({
  getParentRoute: () => root,
  path: "/devices/$id",
  component: page(() => import("./devices/DevicePage"), "DevicePage"),
});

const imports = createRoute({
  getParentRoute: () => root,
  path: "/import",
  component: page(() => import("./import/ImportPage"), "ImportPage"),
});

const groups = createRoute({
  getParentRoute: () => root,
  path: "/groups",
  component: page(() => import("./groups/GroupsPage"), "GroupsPage"),
});

const group = createRoute({
  getParentRoute: () => root,
  path: "/groups/$id",
  component: page(() => import("./groups/GroupPage"), "GroupPage"),
});

const passwords = createRoute({
  getParentRoute: () => root,
  path: "/passwords",
  validateSearch: (search) => readTexts(["show", "search"], search),
  component: page(() => import("./passwords/PasswordsPage"), "PasswordsPage"),
});

const profiles = createRoute({
  getParentRoute: () => root,
  path: "/profiles",
  component: page(() => import("./profiles/ProfilesPage"), "ProfilesPage"),
});

const profile = createRoute({
  getParentRoute: () => root,
  path: "/profiles/$id",
  component: page(() => import("./profiles/ProfilePage"), "ProfilePage"),
});

const configurations = createRoute({
  getParentRoute: () => root,
  path: "/configurations",
  component: page(() => import("./configurations/ConfigurationsPage"), "ConfigurationsPage"),
});

const configuration = createRoute({
  getParentRoute: () => root,
  path: "/configurations/$id",
  validateSearch: (search) => readTexts(["state"], search),
  component: page(() => import("./configurations/ConfigurationPage"), "ConfigurationPage"),
});

const dev = createRoute({
  getParentRoute: () => root,
  path: "/dev",
  component: page(() => import("./dev/DevPage"), "DevPage"),
});

const password = createRoute({
  getParentRoute: () => root,
  path: "/passwords/$id",
  component: page(() => import("./passwords/PasswordPage"), "PasswordPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: (search) => readTexts(["who", "activity", "resource", "from", "to"], search),
  component: page(() => import("./audit/AuditPage"), "AuditPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, overview, devices, device, imports, profiles, profile, groups, group, configurations, configuration, passwords, password, audit, dev]),
  basepath: "/console",
  defaultPreload: "intent",
  defaultErrorComponent: ({ error, reset }) => <Failure error={error instanceof Error ? error : new Error(String(error))} retry={reset} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
